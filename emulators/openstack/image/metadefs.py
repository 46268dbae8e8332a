"""Metadata definitions: namespaces with objects, properties, tags and the resource types that they are for."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.image import events
from emulators.openstack.image.metadef_requests import NAMESPACE, OBJECT, PROPERTY
from emulators.openstack.image.records import GlanceNamespace
from emulators.openstack.image.service import IMAGE
from emulators.openstack.pages import page
from emulators.openstack.times import zulu
from emulators.world.decide import Decision

NAMESPACES: Final = "/metadefs/namespaces"
ONE: Final = f"{NAMESPACES}/{{namespace}}"
RESOURCE_TYPES: Final = ("OS::Cinder::Snapshot", "OS::Cinder::Volume", "OS::Glance::Image", "OS::Nova::Aggregate", "OS::Nova::Flavor")
_NAME: Final = {"type": "string", "minLength": 1, "maxLength": 80}
_NAMED: Final = {"type": "object", "properties": {"name": _NAME}, "required": ["name"]}


def view(one: GlanceNamespace) -> dict[str, Any]:
    """A namespace as Glance shows it."""
    path = f"/v2/metadefs/namespaces/{one.name}"
    row: dict[str, Any] = {
        "namespace": one.name,
        "visibility": one.visibility,
        "protected": one.protected,
        "owner": one.project,
        "created_at": zulu(one.created),
        "updated_at": zulu(one.updated),
        "self": path,
        "schema": "/v2/schemas/metadefs/namespace",
    }
    for name in ("display_name", "description"):
        if getattr(one, name):
            row[name] = getattr(one, name)
    return row


def find_namespace(call: Call) -> GlanceNamespace:
    """The namespace that the path names; raises Fault 404."""
    found = call.state.one(GlanceNamespace, "name", call.path["namespace"])
    if found is None or not (call.credentials.admin or found.visibility == "public" or found.project == call.project):
        raise Fault(404, f"Metadata definition namespace={call.path['namespace']} was not found.")
    return found


@IMAGE.get(NAMESPACES)
async def list_namespaces(call: Call) -> dict[str, Any]:
    """The namespaces that the caller sees."""
    visibility = call.first("visibility")
    found = [
        one
        for one in call.state.all(GlanceNamespace)
        if (call.credentials.admin or one.visibility == "public" or one.project == call.project) and visibility in {"", one.visibility}
    ]
    rows = [view(one) for one in page(found, call.query, lambda one: one.name).items]
    return {"namespaces": rows, "first": "/v2/metadefs/namespaces", "schema": "/v2/schemas/metadefs/namespaces"}


@IMAGE.post(NAMESPACES, body=NAMESPACE, rule=admin, status=201)
async def create_namespace(call: Call) -> dict[str, Any]:
    """Make a namespace."""
    return view(await call.ask(decide_create, project=call.body.get("owner", call.project), body=call.body))


@ask
def decide_create(d: Decision, *, project: str, body: dict[str, Any]) -> GlanceNamespace:
    """It exists; raises Fault 409 when the name is taken."""
    name = body["namespace"]
    if d.state.one(GlanceNamespace, "name", name) is not None:
        raise Fault(409, f"The metadata definition namespace={name} already exists.")
    fields: dict[str, Any] = {
        key: body[key] for key in ("display_name", "description", "visibility", "protected", "properties") if key in body
    }
    fields["objects"] = {row["name"]: _content(row) for row in body.get("objects", []) if "name" in row}
    fields["words"] = {row["name"]: "" for row in body.get("tags", []) if "name" in row}
    times = {"created_at": zulu(d.now), "updated_at": zulu(d.now)}
    fields["associations"] = {row["name"]: row | times for row in body.get("resource_type_associations", []) if "name" in row}
    return d.create(events.NAMESPACE_CREATED, GlanceNamespace, uid=d.new_uuid(), name=name, project=project, updated=d.now, **fields)


@IMAGE.get(ONE)
async def show_namespace(call: Call) -> dict[str, Any]:
    """A namespace with all that is in it."""
    found = find_namespace(call)
    row = view(found)
    if found.objects:
        row["objects"] = [OBJECTS.row(found, name, content) for name, content in found.objects.items()]
    if found.properties:
        row["properties"] = dict(found.properties)
    if found.words:
        row["tags"] = [{"name": name} for name in found.words]
    if found.associations:
        row["resource_type_associations"] = list(found.associations.values())
    return row


@IMAGE.put(ONE, body=NAMESPACE, rule=admin)
async def update_namespace(call: Call) -> dict[str, Any]:
    """Describe a namespace anew."""
    body = call.body
    fields = {name: body.get(name, "") for name in ("display_name", "description")}
    fields |= {"name": body["namespace"], "visibility": body.get("visibility", "private"), "protected": body.get("protected", False)}
    return view(await call.ask(change, uid=find_namespace(call).uid, fields=fields))


@ask
def change(d: Decision, *, uid: str, fields: dict[str, Any]) -> GlanceNamespace:
    """Its fields hold; raises Fault 409 when the name is taken."""
    found = d.get(GlanceNamespace, uid)
    other = d.state.one(GlanceNamespace, "name", fields.get("name", found.name))
    if other is not None and other.uid != uid:
        raise Fault(409, f"The metadata definition namespace={other.name} already exists.")
    return d.update(events.NAMESPACE_CHANGED, found, **fields, updated=d.now)


@IMAGE.delete(ONE, rule=admin)
async def delete_namespace(call: Call) -> None:
    """Delete a namespace; raises Fault 403 while it is protected."""
    found = find_namespace(call)
    if found.protected:
        raise Fault(403, f"Metadata definition namespace {found.name} is protected and cannot be deleted.")
    await call.ask(decide_delete, uid=found.uid)


@ask
def decide_delete(d: Decision, *, uid: str) -> None:
    """It is gone."""
    d.delete(events.NAMESPACE_DELETED, d.get(GlanceNamespace, uid))


# -- what is in a namespace ---------------------------------------------------------------------------------------------------


class Part:
    """A kind of thing in a namespace: ``noun`` in paths and answers (``objects``), the record's ``field`` that holds them."""

    def __init__(self, noun: str, field: str) -> None:
        self.noun = noun
        self.field = field

    def row(self, one: GlanceNamespace, name: str, content: Any) -> dict[str, Any]:
        """One of them as Glance shows it."""
        singular = "property" if self.noun == "properties" else self.noun.removesuffix("s")
        times = {"created_at": zulu(one.updated), "updated_at": zulu(one.updated)}
        path = f"/v2/metadefs/namespaces/{one.name}/{self.noun}/{name}"
        base = {"name": name, **times, "self": path, "schema": f"/v2/schemas/metadefs/{singular}"}
        if self.noun == "properties":
            return {"name": name, **content}
        return base | (content if isinstance(content, dict) else {})

    def held(self, one: GlanceNamespace) -> dict[str, Any]:
        """What the namespace has of them."""
        found: dict[str, Any] = getattr(one, self.field)
        return found

    def find(self, call: Call) -> tuple[GlanceNamespace, Any]:
        """The one that the path names; raises Fault 404."""
        one = find_namespace(call)
        held = self.held(one)
        if call.path["name"] not in held:
            raise Fault(404, f"The metadata definition {call.path['name']} was not found in namespace={one.name}.")
        return one, held[call.path["name"]]


def _declare(part: Part) -> None:
    """The operations on one kind of thing in a namespace."""
    collection, item = f"{ONE}/{part.noun}", f"{ONE}/{part.noun}/{{name}}"

    @IMAGE.get(collection)
    async def list_parts(call: Call) -> dict[str, Any]:
        one = find_namespace(call)
        if part.noun == "properties":
            return {"properties": {name: part.row(one, name, content) for name, content in part.held(one).items()}}
        rows = [part.row(one, name, content) for name, content in part.held(one).items()]
        path = f"/v2/metadefs/namespaces/{one.name}/{part.noun}"
        return {part.noun: rows, "first": path, "schema": f"/v2/schemas/metadefs/{part.noun}"}

    @IMAGE.get(item)
    async def show_part(call: Call) -> dict[str, Any]:
        one, content = part.find(call)
        return part.row(one, call.path["name"], content)

    @IMAGE.put(item, body=_NAMED, rule=admin)
    async def replace_part(call: Call) -> dict[str, Any]:
        one, _ = part.find(call)
        new = call.body["name"]
        changed = await call.ask(
            put_part, uid=one.uid, field=part.field, name=new, content=_content(call.body), instead_of=call.path["name"]
        )
        return part.row(changed, new, part.held(changed)[new])

    @IMAGE.delete(item, rule=admin)
    async def delete_part(call: Call) -> None:
        one, _ = part.find(call)
        held = {name: content for name, content in part.held(one).items() if name != call.path["name"]}
        await call.ask(change, uid=one.uid, fields={part.field: held})

    @IMAGE.delete(collection, rule=admin)
    async def clear_parts(call: Call) -> None:
        await call.ask(change, uid=find_namespace(call).uid, fields={part.field: {}})

    names = {list_parts: "list", show_part: "show", replace_part: "update", delete_part: "delete", clear_parts: "clear"}
    for handler, verb in names.items():
        handler.__name__ = f"{verb}_metadef_{part.noun}"


def _content(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in {"name", "created_at", "updated_at", "self", "schema"}}


@ask
def put_part(d: Decision, *, uid: str, field: str, name: str, content: Any, instead_of: str = "") -> GlanceNamespace:
    """It is in the namespace; raises Fault 409 when the name is taken."""
    found = d.get(GlanceNamespace, uid)
    held: dict[str, Any] = dict(getattr(found, field))
    if name in held and name != instead_of:
        raise Fault(409, f"A metadata definition with name={name} already exists in namespace={found.name}.")
    held.pop(instead_of, None)
    return d.update(events.NAMESPACE_CHANGED, found, **{field: held | {name: content}}, updated=d.now)


OBJECTS: Final = Part("objects", "objects")
PROPERTIES: Final = Part("properties", "properties")
TAGS: Final = Part("tags", "words")
for _part in (OBJECTS, PROPERTIES, TAGS):
    _declare(_part)


@IMAGE.post(f"{ONE}/objects", body=OBJECT, rule=admin, status=201)
async def create_object(call: Call) -> dict[str, Any]:
    """Add an object."""
    return await _create(call, OBJECTS, call.body["name"], _content(call.body))


@IMAGE.post(f"{ONE}/properties", body=PROPERTY, rule=admin, status=201)
async def create_property(call: Call) -> dict[str, Any]:
    """Add a property."""
    return await _create(call, PROPERTIES, call.body["name"], _content(call.body))


@IMAGE.post(f"{ONE}/tags/{{name}}", rule=admin, status=201)
async def create_tag(call: Call) -> dict[str, Any]:
    """Add a tag."""
    return await _create(call, TAGS, call.path["name"], "")


async def _create(call: Call, part: Part, name: str, content: Any) -> dict[str, Any]:
    changed = await call.ask(put_part, uid=find_namespace(call).uid, field=part.field, name=name, content=content)
    return part.row(changed, name, content)


_TAGS: Final = {"type": "object", "properties": {"tags": {"type": "array", "items": _NAMED}}, "required": ["tags"]}


@IMAGE.post(f"{ONE}/tags", body=_TAGS, rule=admin, status=201)
async def create_tags(call: Call) -> dict[str, Any]:
    """Put these tags in the place of those that are there."""
    names = [row["name"] for row in call.body["tags"]]
    await call.ask(change, uid=find_namespace(call).uid, fields={"words": dict.fromkeys(names, "")})
    return {"tags": [{"name": name} for name in names]}


# -- resource types -----------------------------------------------------------------------------------------------------------


@IMAGE.get("/metadefs/resource_types")
async def list_resource_types(call: Call) -> dict[str, Any]:
    """What definitions can be for."""
    return {"resource_types": [{"name": name, **_times(call)} for name in RESOURCE_TYPES]}


def _times(call: Call) -> dict[str, str]:
    now = zulu(call.cloud.now())
    return {"created_at": now, "updated_at": now}


@IMAGE.get(f"{ONE}/resource_types")
async def list_associations(call: Call) -> dict[str, Any]:
    """What a namespace's definitions are for."""
    return {"resource_type_associations": list(find_namespace(call).associations.values())}


@IMAGE.post(f"{ONE}/resource_types", body=_NAMED, rule=admin, status=201)
async def associate(call: Call) -> dict[str, Any]:
    """Say that they are for a resource type."""
    one, name = find_namespace(call), call.body["name"]
    row = {"name": name, **_content(call.body), **_times(call)}
    await call.ask(put_part, uid=one.uid, field="associations", name=name, content=row)
    return row


@IMAGE.delete(f"{ONE}/resource_types/{{name}}", rule=admin)
async def disassociate(call: Call) -> None:
    """Say that they are not."""
    one = find_namespace(call)
    if call.path["name"] not in one.associations:
        raise Fault(404, f"Metadata definition resource type {call.path['name']} was not found in namespace={one.name}.")
    kept = {name: row for name, row in one.associations.items() if name != call.path["name"]}
    await call.ask(change, uid=one.uid, fields={"associations": kept})
