"""Every kind of filter, over a real tree and over the wire."""

from __future__ import annotations

import pytest

from tests.unit.ucs.core.wire import Wire

BLADES = ["sys/chassis-1/blade-1", "sys/chassis-1/blade-2", "sys/chassis-2/blade-1"]


def simple(kind: str, prop: str, value: str, class_id: str = "computeBlade") -> str:
    return f'<{kind} class="{class_id}" property="{prop}" value="{value}"/>'


async def found(wire: Wire, inner: str, class_id: str = "computeBlade") -> list[str]:
    return await wire.dns("configResolveClass", f"<inFilter>{inner}</inFilter>", classId=class_id, inHierarchical="false")


@pytest.mark.parametrize(
    ("inner", "places"),
    [
        (simple("eq", "slotId", "1"), [0, 2]),
        (simple("ne", "slotId", "1"), [1]),
        (simple("gt", "slotId", "1"), [1]),
        (simple("ge", "slotId", "1"), [0, 1, 2]),
        (simple("lt", "slotId", "2"), [0, 2]),
        (simple("le", "slotId", "1"), [0, 2]),
        (simple("gt", "totalMemory", "9"), [0, 1, 2]),  # 65536: as text it would be less
        (simple("eq", "dn", BLADES[1]), [1]),
        (simple("wcard", "dn", "^sys/chassis-1/.*"), [0, 1]),
        (simple("wcard", "dn", "blade-[2-9]$"), [1]),
        (simple("wcard", "serverId", "/1"), [0, 2]),
        (simple("anybit", "connPath", "A"), [0, 1, 2]),
        (simple("anybit", "connPath", "unknown,B"), [0, 1, 2]),
        (simple("anybit", "connPath", "unknown"), []),
        (simple("allbits", "connPath", "A,B"), [0, 1, 2]),
        (simple("allbits", "connPath", "A,unknown"), []),
        ('<bw class="computeBlade" property="slotId" firstValue="2" secondValue="8"/>', [1]),
        (f"<and>{simple('eq', 'chassisId', '1')}{simple('eq', 'slotId', '1')}</and>", [0]),
        (f"<or>{simple('eq', 'chassisId', '2')}{simple('eq', 'slotId', '2')}</or>", [1, 2]),
        (f"<not>{simple('eq', 'chassisId', '1')}</not>", [2]),
        (f"<and><not>{simple('eq', 'slotId', '2')}</not><or>{simple('eq', 'chassisId', '1')}</or></and>", [0]),
        (simple("eq", "slotId", "1", "lsServer").replace("slotId", "name"), []),  # a filter of another class lets nothing through
        ("", [0, 1, 2]),
    ],
)
async def test_filters_let_through_what_they_say(wire: Wire, inner: str, places: list[int]) -> None:
    assert await found(wire, inner) == [BLADES[place] for place in places]


@pytest.mark.parametrize(
    "inner",
    [
        '<eq class="computeBlade" property="slotId"/>',
        '<eq class="computeBlade" property="nothing" value="1"/>',
        '<eq class="nothing" property="slotId" value="1"/>',
        '<near class="computeBlade" property="slotId" value="1"/>',
        "<and/>",
        "<not><eq/></not>",
        f"<not>{simple('eq', 'slotId', '1')}{simple('eq', 'slotId', '2')}</not>",
        f"{simple('eq', 'slotId', '1')}{simple('eq', 'slotId', '2')}",
        simple("wcard", "dn", "(unclosed"),
        simple("wcard", "dn", "x" * 1001),
        f'<eq class="computeBlade" property="slotId" value="1">{simple("eq", "slotId", "1")}</eq>',
    ],
)
async def test_what_is_no_filter_is_refused(wire: Wire, inner: str) -> None:
    code, _ = await wire.refused("configResolveClass", f"<inFilter>{inner}</inFilter>", classId="computeBlade")
    assert code == "ERR-xml-parse-error"


async def test_an_expression_that_would_take_for_ever_elsewhere_does_not(wire: Wire) -> None:
    assert await found(wire, simple("wcard", "dn", "(([a-z]+)*)*!")) == []


async def test_numbers_that_are_none_are_neither_more_nor_less(wire: Wire) -> None:
    everything = await wire.dns("configResolveClass", classId="memoryUnit")
    more = await found(wire, simple("ge", "capacity", "0", "memoryUnit"), "memoryUnit")
    assert more == everything
    assert await found(wire, simple("gt", "assetTag", "zzz"), "computeBlade") == []
