"""What a cloud offers that Tempest has to be told, found by asking the cloud."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from tests.clients.tempest.asking import Answered, Api

FLAVORS = ("m1.nano", "m1.micro")
"""The two that DevStack makes for Tempest; where they are not, the two smallest serve."""
ALTERNATE = "tempest-alternate-image"
KEPT = ("container_format", "disk_format", "min_disk", "min_ram")
STANDARD = frozenset(
    {"id", "name", "status", "visibility", "size", "virtual_size", "checksum", "owner", "tags", "created_at", "updated_at", "file", "self"}
    | {"schema", "protected", "os_hidden", "os_hash_algo", "os_hash_value", "stores", "direct_url", "locations", *KEPT}
)
VOLUMES = ("block-storage", "volumev3")
"""Under which type the catalog may have the volume service; the first is Tempest's own choice."""


class Offer(NamedTuple):
    """Ids and names as the cloud has them; ``hosts`` are the nova-computes that are up, ``services`` the catalog's types."""

    images: tuple[str, str]
    flavors: tuple[str, str]
    public_network: str
    public_network_name: str
    network_extensions: tuple[str, ...]
    volume_type: str
    hosts: int
    objects: tuple[str, ...]
    services: frozenset[str]


def offer(api: Api) -> Offer:
    """Ask everything.  A cloud with a single image gets a copy of it, as DevStack makes one."""
    network, name = public_network(api.get("network", "/v2.0/networks?router:external=true")["networks"])
    return Offer(
        images=two_images(api),
        flavors=two_flavors(api.get("compute", "/flavors/detail")["flavors"]),
        public_network=network,
        public_network_name=name,
        network_extensions=tuple(sorted(one["alias"] for one in api.get("network", "/v2.0/extensions")["extensions"])),
        volume_type=next((kind for kind in VOLUMES if kind in api.catalog), VOLUMES[0]),
        hosts=running_hosts(api.get("compute", "/os-availability-zone/detail")["availabilityZoneInfo"]),
        objects=object_features(api),
        services=frozenset(api.catalog),
    )


def public_network(found: list[dict[str, Any]]) -> tuple[str, str]:
    """Id and name of the network that floating IPs come from: ``public``, or the first."""
    assert found, "the cloud has no external network"
    chosen = min(found, key=lambda one: (one["name"] != "public", one["name"]))
    return chosen["id"], chosen["name"]


def two_flavors(found: list[dict[str, Any]]) -> tuple[str, str]:
    """Ids of a flavor and of another one."""
    by_name = {one["name"]: one["id"] for one in found}
    smallest = [one["id"] for one in sorted(found, key=lambda one: (one["ram"], one["vcpus"], one["disk"], one["id"]))]
    first, second = [by_name[name] for name in FLAVORS if name in by_name] if by_name.keys() >= set(FLAVORS) else smallest[:2]
    return first, second


def two_images(api: Api) -> tuple[str, str]:
    """Ids of an image and of another one."""
    found = api.get("image", "/v2/images?status=active&visibility=public&sort=name:asc")["images"]
    assert found, "the cloud has no public image"
    first = min(found, key=lambda one: ("cirros" not in one["name"], one["name"]))
    others = [one["id"] for one in found if one["id"] != first["id"]]
    return first["id"], others[0] if others else copied(api, first)


def copied(api: Api, image: dict[str, Any]) -> str:
    """Upload an image once more, under another name; answers the new one's id."""
    properties = {key: value for key, value in image.items() if key not in STANDARD and value is not None}
    body = {"name": ALTERNATE, "visibility": "public", **properties, **{key: image[key] for key in KEPT}}
    made = api.call("POST", "image", "/v2/images", body)["id"]
    content = api.get("image", f"/v2/images/{image['id']}/file")
    api.call("PUT", "image", f"/v2/images/{made}/file", content, "application/octet-stream")
    return str(made)


def running_hosts(zones: Iterable[dict[str, Any]]) -> int:
    """How many nova-computes are up."""
    up = (services.get("nova-compute", {}).get("available") for zone in zones for services in (zone["hosts"] or {}).values())
    return sum(bool(one) for one in up)


def object_features(api: Api) -> tuple[str, ...]:
    """What the object store says it can do, if there is one."""
    if "object-store" not in api.catalog:
        return ()
    base = api.catalog["object-store"].partition("/v1")[0]
    try:
        told = api._exchange("GET", f"{base}/info", None)[0]
    except Answered:
        return ()
    return tuple(sorted(name for name in told if name != "swift"))
