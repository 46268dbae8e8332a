"""Queries as Cypher.  Names of attributes are declared ones by then (`cmdb.stores.paging.check_filter`); values are parameters always."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from cmdb.model.declare import class_of
from cmdb.model.graph import Ci
from cmdb.stores.neo4j.codec import SEPARATOR, plain
from cmdb.stores.neo4j.schema import WORDS
from cmdb.stores.paging import Order, Position, check_filter, order_of, position_of
from cmdb.stores.port import FIELDS, Filter, Query
from cmdb.stores.words import words_of
from dcsim.comparison import Op

TIMES: Final = frozenset({"created", "changed"})
_OPERATORS: Final = {
    Op.EQ: "{name} = {value}",
    Op.NE: "({name} <> {value} OR {name} IS NULL)",
    Op.LT: "{name} < {value}",
    Op.LE: "{name} <= {value}",
    Op.GT: "{name} > {value}",
    Op.GE: "{name} >= {value}",
    Op.IN: "{name} IN {value}",
    Op.LIKE: "toLower({name}) CONTAINS toLower({value})",
    Op.HAS: "{value} IN {name}",
    Op.EXISTS: "({name} IS NOT NULL) = {value}",
}


class Selection:
    """A statement in the making: conditions, and the parameters that they use."""

    def __init__(self, query: Query) -> None:
        self.order = order_of(query)
        self._conditions: list[str] = []
        self.parameters: dict[str, Any] = {"limit": query.limit + 1}
        self._label = class_of(query.cls).name
        self._start = f"MATCH (n:CI:{self._label})" if self._label != "CI" else "MATCH (n:CI)"
        self._take(query)
        position = position_of(query)
        if position is not None:
            self._conditions.append(self._after(self.order, position))

    def statement(self) -> str:
        """Bodies in the query's order, one more than its page holds."""
        name, down = f"n.{self.order.name}", " DESC" if self.order.descending else ""
        sorting = f"{name}{down}, n.uid" if self.order.is_field else f"{name} IS NULL, {name}{down}, n.uid"
        return f"{self._start} {self._where()} WITH n ORDER BY {sorting} LIMIT $limit RETURN collect(n._body)"

    def counting(self) -> str:
        """How many there are, for a query without a cursor."""
        return f"{self._start} {self._where()} RETURN count(n)"

    def _where(self) -> str:
        return f"WHERE {' AND '.join(self._conditions)}" if self._conditions else ""

    def _take(self, query: Query) -> None:
        if query.text:
            self._start = f"CALL db.index.fulltext.queryNodes('{WORDS}', {self._value(lucene_of(query.text))}) YIELD node AS n WITH n"
            self._conditions.append(f"n:{self._label}")
        if query.uids is not None:
            self._conditions.append(f"n.uid IN {self._value(list(query.uids))}")
        if query.source:
            self._conditions.append(f"any(one IN n._claims WHERE one STARTS WITH {self._value(query.source + SEPARATOR)})")
        self._conditions += [f"{self._value(tag)} IN n.tags" for tag in query.tags]
        self._conditions += [self._condition(one) for one in query.filters]

    def _value(self, value: object) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def _condition(self, one: Filter) -> str:
        check_filter(one)
        return _OPERATORS[one.op].format(name=f"n.{one.name}", value=self._value(plain(one.value)))

    def _after(self, order: Order, position: Position) -> str:
        name, uid = f"n.{order.name}", self._value(position.uid)
        if position.value is None:
            return f"({name} IS NULL AND n.uid > {uid})"
        beyond = "<" if order.descending else ">"
        value = self._value(datetime.fromisoformat(str(position.value)) if order.name in TIMES else position.value)
        sql = f"{name} {beyond} {value} OR ({name} = {value} AND n.uid > {uid})"
        return f"({sql})" if order.is_field else f"({sql} OR {name} IS NULL)"


def sorted_by(order: Order, ci: Ci) -> Any:
    """What the CI is sorted by, as a cursor holds it."""
    value = getattr(ci, order.name) if order.name in FIELDS else ci.attributes.get(order.name)
    return value.isoformat() if isinstance(value, datetime) else value


def lucene_of(text: str) -> str:
    """Every word begins some word.  Words are letters and digits in lower case, so none of them means anything to Lucene."""
    return " AND ".join(f"{word}*" for word in words_of(text))
