"""Who is who: the strongest identifier decides, contradictions rule out, several candidates are nobody's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from cmdb.identification import Identified, Sighting, identify, tokens
from cmdb.model import Ci, Value, is_a

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def blade(uid: str, name: str = "", **attributes: Value) -> Ci:
    """A blade."""
    return Ci(uid=uid, cls="Blade", name=name or uid, attributes=attributes, created=NOW, changed=NOW)


async def found(cis: Sequence[Ci], **attributes: Any) -> Identified:
    """What comes of it when a host's control plane sees a server with these attributes."""

    async def find(cls: str, attribute: str, value: Value) -> Sequence[Ci]:
        def has(ci: Ci) -> bool:
            own = ci.name if attribute == "name" else ci.attributes.get(attribute)
            return value in own if isinstance(own, tuple) else own == value

        return [ci for ci in cis if is_a(ci.cls, cls) and has(ci)]

    return await identify(Sighting(source="vsphere", key="host-1", cls="Server", name="", attributes=attributes), find)


async def test_the_serial_number_decides_before_the_uuid() -> None:
    one, two = blade("one", serial="FCH1", uuid="u-2"), blade("two", serial="FCH2", uuid="u-1")
    answer = await found([one, two], serial="FCH1", uuid="u-1")
    assert (answer.ci, answer.by) == (one, ("serial",))


async def test_any_mac_in_common_is_enough() -> None:
    one = blade("one", macs=("aa", "bb"))
    answer = await found([one, blade("two", macs=("cc",))], macs=("bb", "dd"))
    assert (answer.ci, answer.by) == (one, ("macs",))


async def test_another_serial_number_under_the_same_mac_is_another_thing() -> None:
    assert (await found([blade("one", serial="FCH1", macs=("aa",))], serial="FCH2", macs=("aa",))).ci is None


async def test_several_are_nobody_s() -> None:
    twins = [blade("one", uuid="u"), blade("two", uuid="u")]
    answer = await found(twins, uuid="u")
    assert answer.ambiguous
    assert answer.ci is None
    assert answer.candidates == tuple(twins)
    assert (answer.by, answer.value) == (("uuid",), "u")


async def test_what_is_unknown_identifies_nobody() -> None:
    assert await found([blade("one", serial=""), blade("two")], serial="", uuid=None) == Identified()


async def test_a_place_needs_all_of_its_parts() -> None:
    one = blade("one", dn="sys/chassis-1/blade-1", site="ams1")
    assert (await found([one], dn="sys/chassis-1/blade-1", site="fra1")).ci is None
    assert (await found([one], dn="sys/chassis-1/blade-1", site="ams1")).ci == one


@pytest.mark.parametrize("attributes", [{"serial": "FCH1"}, {"serial": "FCH1", "model": "x"}])
def test_tokens_are_what_identifies(attributes: dict[str, Value]) -> None:
    assert tokens("Blade", "b", attributes) == {("serial", "FCH1")}
    assert tokens("Blade", "b", {"macs": ("aa", "bb")}) == {("macs", "aa"), ("macs", "bb")}
