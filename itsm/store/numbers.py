"""Numbers of tickets (INC0010001): counted in the ticket's own transaction, so that none is given twice and none is lost."""

from __future__ import annotations

from typing import Final

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from itsm.store.tables import NUMBERS

FIRST: Final = 10_001
"""Where ServiceNow's numbering begins."""
DIGITS: Final = 7


async def next_number(connection: AsyncConnection, prefix: str) -> str:
    """The next number of a prefix.  Others who want one wait until this transaction ends, and if it is rolled back they get this one."""
    while True:
        advance = update(NUMBERS).where(NUMBERS.c.prefix == prefix).values(last=NUMBERS.c.last + 1).returning(NUMBERS.c.last)
        last = (await connection.execute(advance)).scalar()
        if last is not None:
            return f"{prefix}{last:0{DIGITS}d}"
        try:
            async with connection.begin_nested():
                await connection.execute(insert(NUMBERS).values(prefix=prefix, last=FIRST - 1))
        except IntegrityError:  # somebody else has begun to count at the same moment
            continue
