"""The query methods over the wire."""

from __future__ import annotations

from lxml import etree

from emulators.world.decisions.components import InjectFault
from emulators.world.model import PowerSupply
from tests.unit.ucs.core.wire import Wire
from tests.unit.world.lab import Lab

BLADES = ["sys/chassis-1/blade-1", "sys/chassis-1/blade-2", "sys/chassis-2/blade-1"]


def named(dns: list[str], tag: str = "dn") -> str:
    return "".join(f'<{tag} value="{dn}"/>' for dn in dns)


async def test_an_object_by_dn(wire: Wire) -> None:
    (blade,) = await wire.objects("configResolveDn", dn=BLADES[0])
    assert (blade.tag, blade.get("dn"), blade.get("rn"), len(blade)) == ("computeBlade", BLADES[0], None, 0)
    assert list(blade.attrib) == sorted(blade.attrib)
    assert await wire.objects("configResolveDn", dn="sys/chassis-9") == []


async def test_an_object_with_everything_under_it(wire: Wire) -> None:
    (blade,) = await wire.objects("configResolveDn", dn=BLADES[0], inHierarchical="true")
    board = blade.find("computeBoard")
    assert board is not None
    assert (board.get("rn"), board.get("dn")) == ("board", None)
    assert len(board.findall("memoryArray/memoryUnit")) == 4
    assert board.findall("memoryArray/memoryUnit")[0].get("rn") == "mem-1"


async def test_objects_by_dns(wire: Wire) -> None:
    wanted = f"<inDns>{named([*BLADES, 'nowhere', BLADES[0]])}</inDns>"
    assert await wire.dns("configResolveDns", wanted) == BLADES
    assert [one.get("value") for one in await wire.inside("outUnresolved", "configResolveDns", wanted)] == ["nowhere"]


async def test_objects_of_a_class(wire: Wire) -> None:
    assert await wire.dns("configResolveClass", classId="computeBlade") == BLADES
    assert await wire.dns("configResolveClass", classId="computeItem") == [*BLADES, "sys/rack-unit-1"]
    assert await wire.dns("configResolveClass", classId="computeRackUnit") == ["sys/rack-unit-1"]
    assert await wire.objects("configResolveClass", classId="computeServerUnit") == []
    assert (await wire.refused("configResolveClass", classId="computeBlad"))[0] == "ERR-xml-parse-error"
    assert (await wire.refused("configResolveClass"))[0] == "ERR-xml-parse-error"
    assert (await wire.refused("configResolveClass", classId="computeBlade", inHierarchical="perhaps"))[0] == "ERR-xml-parse-error"


async def test_objects_of_a_class_with_everything_under_them(wire: Wire) -> None:
    blades = await wire.objects("configResolveClass", classId="computeBlade", inHierarchical="true")
    assert [len(blade.findall("computeBoard/processorUnit")) for blade in blades] == [2, 2, 2]


async def test_objects_of_several_classes(wire: Wire) -> None:
    found = await wire.objects("configResolveClasses", f"<inIds>{named(['computeBlade', 'equipmentChassis'], 'classId')}</inIds>")
    assert [one.tag for one in found] == ["computeBlade"] * 3 + ["equipmentChassis"] * 2
    refused = await wire.refused("configResolveClasses", f"<inIds>{named(['computeBlade', 'nothing'], 'classId')}</inIds>")
    assert refused == ("ERR-xml-parse-error", "XML PARSING ERROR: no class named nothing")
    assert (await wire.refused("configResolveClasses", "<inIds><dn value='x'/></inIds>"))[0] == "ERR-xml-parse-error"


async def test_children(wire: Wire) -> None:
    assert await wire.dns("configResolveChildren", inDn="sys/chassis-1", classId="computeBlade") == BLADES[:2]
    assert await wire.dns("configResolveChildren", inDn="sys/chassis-1", classId="computeItem") == BLADES[:2]
    everything = await wire.dns("configResolveChildren", inDn="sys/chassis-1")
    assert set(BLADES[:2]) < set(everything)
    assert all(dn.rpartition("/")[0] == "sys/chassis-1" for dn in everything)
    assert await wire.dns("configResolveChildren", inDn="nowhere", classId="computeBlade") == []


async def test_the_parent(wire: Wire) -> None:
    assert await wire.dns("configResolveParent", dn=BLADES[0]) == ["sys/chassis-1"]
    assert await wire.dns("configResolveParent", dn="sys") == []
    assert await wire.dns("configResolveParent", dn="nowhere") == []


async def test_a_scope(wire: Wire) -> None:
    assert await wire.dns("configScope", dn="sys", inClass="computeBlade", inRecursive="true") == BLADES
    assert await wire.dns("configScope", dn="sys/chassis-2", inClass="computeBlade", inRecursive="true") == BLADES[2:]
    assert await wire.dns("configScope", dn="sys", inClass="computeBlade") == []
    assert await wire.dns("configScope", dn="sys/chassis-1", inClass="computeBlade") == BLADES[:2]
    wanted = '<inFilter><eq class="computeBlade" property="slotId" value="2"/></inFilter>'
    assert await wire.dns("configScope", wanted, dn="sys", inClass="computeBlade", inRecursive="true") == BLADES[1:2]


async def test_names_and_numbers_alone(wire: Wire) -> None:
    assert [one.get("value") for one in await wire.inside("outDns", "configFindDnsByClassId", classId="computeBlade")] == BLADES
    assert (await wire.ask("configCountClass", classId="computeBlade")).get("outCount") == "3"
    wanted = '<inFilter><eq class="computeBlade" property="slotId" value="2"/></inFilter>'
    assert (await wire.ask("configCountClass", wanted, classId="computeBlade")).get("outCount") == "1"


async def test_what_refers_to_an_object(wire: Wire) -> None:
    assert (await wire.ask("configFindDependencies", dn="org-root/boot-policy-default")).get("outHasDep") == "yes"
    users = await wire.dns("configFindDependencies", dn="org-root/boot-policy-default", inReturnConfigs="yes")
    assert set(users) >= {"org-root/ls-esx-1", "org-root/ls-esx-2"}
    assert (await wire.ask("configFindDependencies", dn="org-root/mac-pool-default")).get("outHasDep") == "no"
    assert (await wire.refused("configFindDependencies", dn="nowhere"))[0] == "102"


async def test_faults_are_acknowledged_by_number(wire: Wire, lab: Lab) -> None:
    for supply in lab.state.all(PowerSupply)[:2]:
        lab.do(InjectFault(code="psu-failure", subject=supply.uid))
    faults = [one for one in await wire.objects("configResolveClass", classId="faultInst") if one.get("code") == "F0374"]
    numbers = [str(one.get("id")) for one in faults]
    assert [one.get("ack") for one in faults] == ["no", "no"]
    assert (await wire.refused("faultAckFaults", f"<inIds>{named([numbers[0], '1'], 'id')}</inIds>"))[0] == "102"
    assert await acknowledged(wire) == []
    await wire.ask("faultAckFault", inId=numbers[1])
    assert await acknowledged(wire) == numbers[1:]
    await wire.ask("faultAckFaults", f"<inIds>{named(numbers, 'id')}</inIds>")
    assert await acknowledged(wire) == numbers
    (one,) = await wire.inside("outFault", "faultResolveFault", inId=numbers[0])
    assert (one.get("id"), one.get("ack")) == (numbers[0], "yes")
    assert (await wire.refused("faultResolveFault", inId="1"))[0] == "102"


async def acknowledged(wire: Wire) -> list[str]:
    wanted = '<inFilter><eq class="faultInst" property="ack" value="yes"/></inFilter>'
    return [str(one.get("id")) for one in await wire.objects("configResolveClass", wanted, classId="faultInst")]


async def test_values_come_back_as_they_are(wire: Wire) -> None:
    _, body = await wire.post(f'<configResolveDn cookie="{wire.cookie}" dn="&lt;&amp;&quot;&#10;&#9;"/>'.encode())
    assert etree.fromstring(body).get("dn") == '<&"\n\t'
    assert b"\n" not in body


async def test_a_long_list_is_read_in_pieces(wire: Wire) -> None:
    root = await wire.ask("configResolveClassSorted", classId="memoryUnit", inSize="5")
    assert root.get("outTotalSize") == "16"
    context = str(root.get("outContext"))
    pieces = [await wire.dns("configResolveContext", inContext=context, inSize="5") for _ in range(4)]
    assert [len(piece) for piece in pieces] == [5, 5, 5, 1]
    found = [dn for piece in pieces for dn in piece]
    assert found == sorted(await wire.dns("configResolveClass", classId="memoryUnit"))
    await wire.ask("configRenewResolveContext", inContext=context)
    assert await wire.dns("configResolveContext", inContext=context) == pieces[0]
    await wire.ask("configReleaseResolveContext", inContext=context)
    assert (await wire.refused("configResolveContext", inContext=context))[0] == "102"
    assert (await wire.refused("configResolveContext", inContext="x"))[0] == "ERR-xml-parse-error"


async def test_children_and_classes_are_sorted_too(wire: Wire) -> None:
    root = await wire.ask("configResolveChildrenSorted", inDn="sys/chassis-1", classId="computeItem")
    assert await wire.dns("configResolveContext", inContext=str(root.get("outContext"))) == BLADES[:2]
    root = await wire.ask("configResolveClassesSorted", f"<inIds>{named(['computeBlade', 'topSystem'], 'classId')}</inIds>")
    assert await wire.dns("configResolveContext", inContext=str(root.get("outContext"))) == ["sys", *BLADES]


async def test_the_oldest_context_makes_room(wire: Wire) -> None:
    first = str((await wire.ask("configResolveClassSorted", classId="topSystem")).get("outContext"))
    for _ in range(16):
        await wire.ask("configResolveClassSorted", classId="topSystem")
    assert (await wire.refused("configResolveContext", inContext=first))[0] == "102"
