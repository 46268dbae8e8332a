"""From a request for servers to what is decided (`spec`): every check that nova's API makes before anything is scheduled."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final
from uuid import UUID

from emulators.openstack.call import Call
from emulators.openstack.compute import face, keypairs, quotas
from emulators.openstack.compute.flavors import Flavor, find_flavor
from emulators.openstack.compute.parameters import MAX_INT
from emulators.openstack.compute.server_groups import ServerGroup
from emulators.openstack.compute.servers import hosts
from emulators.openstack.compute.servers.building import flavor_of
from emulators.openstack.compute.servers.devices import wanted_devices
from emulators.openstack.compute.servers.passwords import sealing
from emulators.openstack.compute.servers.spec import ServerSpec
from emulators.openstack.compute.services import registered
from emulators.openstack.faults import Fault
from emulators.openstack.image import face as image
from emulators.openstack.image.records import GlanceImage
from emulators.openstack.network import face as network
from emulators.openstack.schemas import truth

GIB: Final = 1 << 30
MAX_PATH: Final = 255


def spec_of(call: Call) -> ServerSpec:
    """What the request wants; raises Fault 400, 403, 404 or 409."""
    body: dict[str, Any] = call.body["server"]
    least, most = _counts(body)
    flavor = flavor_named(call, str(body["flavorRef"]))
    made_of = _image(call, body)
    devices = wanted_devices(call, body, flavor, has_image=made_of is not None, servers=most)
    from_volume = any(one.boot_index == 0 and not one.local for one in devices)
    if made_of is not None and not from_volume:
        require_fit(call, made_of, flavor)
    zone, host = _where(call, body)
    quotas.require_metadata(call.state, call.project, len(body.get("metadata", {})))
    _check_files(call, body.get("personality", ()))
    networks, auto = _networks(call, body, most)
    hints = _hints(call)
    hostname = body.get("hostname") or ""
    if hostname and most > 1:
        raise Fault(400, "Unable to allocate a single hostname to multiple instances")
    return ServerSpec(
        name=body["name"].strip(),
        project=call.project,
        user=call.credentials.user,
        admin=call.credentials.admin,
        flavor=flavor_of(flavor),
        image=made_of.uid if made_of else "",
        image_properties=dict(made_of.properties) if made_of else {},
        least=least,
        most=most,
        networks=networks,
        auto=auto,
        security_groups=_security_groups(call, body),
        devices=devices,
        **key_of(call, body.get("key_name")),
        metadata=body.get("metadata", {}),
        description=body.get("description") if call.since("2.19") else body["name"].strip(),
        hostname=hostname,
        config_drive=truth(body.get("config_drive", False)),
        disk_config=body.get("OS-DCF:diskConfig", "MANUAL"),
        access_ipv4=access_ip(body, "accessIPv4"),
        access_ipv6=access_ip(body, "accessIPv6"),
        user_data=checked_base64(body.get("user_data") or "", "user_data"),
        admin_pass=sealing(call.cloud).seal(body["adminPass"]) if body.get("adminPass") else "",
        tags=tuple(dict.fromkeys(body.get("tags", ()))),
        trusted_certs=tuple(body["trusted_image_certificates"]) if body.get("trusted_image_certificates") else None,
        pinned=zone,
        host=host,
        group=next(iter(hints.get("group", ())), ""),
        hints=hints,
    )


def _counts(body: Mapping[str, Any]) -> tuple[int, int]:
    least = int(body.get("min_count", 1))
    most = int(body.get("max_count", least))
    if max(least, most) > MAX_INT:
        raise Fault(400, f"Invalid input for field/attribute max_count. Value: {most}. {most} is too large")
    if least > most:
        raise Fault(400, "min_count must be <= max_count")
    return least, most


def flavor_named(call: Call, reference: str) -> Flavor:
    """A flavor by its id or a link to it; raises Fault 400."""
    uid = reference.rstrip("/").rpartition("/")[2]
    try:
        return find_flavor(call.state, call.credentials, uid)
    except Fault as error:
        raise Fault(400, f"Flavor {uid} could not be found.") from error


def _image(call: Call, body: Mapping[str, Any]) -> GlanceImage | None:
    reference = body.get("imageRef") or ""
    if not reference:
        if not (body.get("block_device_mapping") or body.get("block_device_mapping_v2")):
            raise Fault(400, "Missing imageRef attribute")
        return None
    return image.bootable(call.state, call.credentials, reference)


def require_fit(call: Call, made_of: GlanceImage, flavor: Flavor | Any) -> None:
    """Raise Fault 400 when a flavor is too small for an image, 403 when it has no disk and the caller may not use it so."""
    if made_of.min_ram > flavor.ram:
        raise Fault(400, "Flavor's memory is too small for requested image.")
    if flavor.disk == 0:
        if not call.credentials.admin:
            raise Fault(403, "Only volume-backed servers are allowed for flavors with zero disk.")
        return
    for size in (max(made_of.size, 0), made_of.min_disk * GIB):
        if size > flavor.disk * GIB:
            sizes = f"Flavor disk is {flavor.disk * GIB} bytes, image is {size} bytes."
            raise Fault(400, f"Flavor's disk is too small for requested image. {sizes}")


def _where(call: Call, body: Mapping[str, Any]) -> tuple[str, str]:
    """The zone that is asked for, and the name of the host that is forced."""
    zone, host, node = (*str(body.get("availability_zone", "")).split(":"), "", "")[:3]
    if str(body.get("availability_zone", "")).count(":") > 2:  # noqa: PLR2004 - zone:host:node
        raise Fault(400, "Unable to parse availability_zone")
    named = body.get("host") or body.get("hypervisor_hostname") or ""
    if named and (host or node):
        raise Fault(
            400, "One mechanism with host and/or hypervisor_hostname and another mechanism with zone:host:node are mutually exclusive."
        )
    if (named or host or node) and not call.credentials.admin:
        rule = "requested_destination" if named else "create:forced_host"
        raise Fault(403, f"Policy doesn't allow os_compute_api:servers:{rule} to be performed.")
    forced = named or host or node
    if forced and hosts.host_named(call.state, forced) is None:
        raise Fault(400, f"Compute host {forced} could not be found.")
    if zone and not forced and zone not in {face.zone_of(call.state, one.uid) for one in registered(call.state)}:
        raise Fault(400, "The requested availability zone is not available")
    return ("" if forced and zone != _zone_of(call, forced) else zone), forced


def _zone_of(call: Call, name: str) -> str:
    host = hosts.host_named(call.state, name)
    return face.zone_of(call.state, host.uid) if host else ""


def _check_files(call: Call, files: Any) -> None:
    limits = quotas.limits_of(call.state, call.project)
    if 0 <= limits["injected_files"] < len(files):
        raise Fault(403, f"Quota exceeded, too many injected files. Maximum is {limits['injected_files']}")
    for file in files:
        path, contents = file.get("path", ""), checked_base64(file.get("contents", ""), "personality")
        if len(path) > min(limits["injected_file_path_bytes"], MAX_PATH) >= 0:
            raise Fault(403, "Personality file path exceeds maximum length")
        if 0 <= limits["injected_file_content_bytes"] < len(base64.b64decode(contents)):
            raise Fault(403, "Personality file content exceeds maximum length")


def checked_base64(text: str, name: str) -> str:
    """The text, when it is base64; raises Fault 400."""
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Fault(400, f"Invalid input for field/attribute {name}. Value: {text[:100]}. {text[:100]!r} is not a 'base64'") from error
    return text


def _networks(call: Call, body: Mapping[str, Any], most: int) -> tuple[tuple[network.WantedPort, ...] | None, bool]:
    asked = body.get("networks")
    if asked is None or asked in ("auto", []):
        return None, asked == "auto"
    if asked == "none":
        return (), False
    found = tuple(_network(call, one) for one in asked)
    ports = [one.port for one in found if one.port]
    for port in ports:
        if ports.count(port) > 1:
            raise Fault(400, f"Port ID '{port}' was specified twice: you cannot attach a port multiple times.")
    if most > 1 and any(one.port for one in found):
        advice = "Please launch your instance one by one with different ports."
        raise Fault(400, f"Unable to launch multiple instances with a single configured port ID. {advice}")
    if most > 1 and any(one.fixed_ip for one in found):
        raise Fault(400, "Invalid fixed IP Address with max_count > 1")
    return found, False


def _network(call: Call, row: Mapping[str, Any]) -> network.WantedPort:
    fixed, port, tag = row.get("fixed_ip") or "", row.get("port") or "", row.get("tag") or ""
    if port:
        if fixed:
            raise Fault(400, f"Specified Fixed IP '{fixed}' cannot be used with port '{port}': the two cannot be specified together.")
        try:
            network.require_port(call.state, call.project, port, admin=call.credentials.admin)
        except Fault as error:
            raise Fault(400 if error.status == 404 else error.status, error.message) from error  # noqa: PLR2004 - not the server's absence
        return network.WantedPort(port=port, tag=tag)
    if "uuid" not in row:
        raise Fault(400, "Bad network format: missing 'uuid'")
    try:
        UUID(row["uuid"])
    except ValueError as error:
        raise Fault(400, f"Bad networks format: network uuid is not in proper format ({row['uuid']})") from error
    network.require_network(call.state, call.project, row["uuid"], admin=call.credentials.admin)
    return network.WantedPort(network=row["uuid"], fixed_ip=fixed, tag=tag)


def _security_groups(call: Call, body: Mapping[str, Any]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(one["name"] for one in body.get("security_groups", ()) if one.get("name")))
    network.require_security_groups(call.state, call.project, names)
    return names


def key_of(call: Call, name: str | None) -> dict[str, str]:
    """The name and the public key of a user's pair; raises Fault 400 for one that is not there."""
    if not name:
        return {}
    pair = keypairs.keypair_of(call.state, call.credentials.user, name)
    if pair is None:
        raise Fault(400, "Invalid key_name provided.")
    return {"key_name": pair.name, "key_data": pair.public_key}


def access_ip(body: Mapping[str, Any], name: str) -> str:
    """An access address in its canonical form; raises Fault 400."""
    text = body.get(name) or ""
    if not text:
        return ""
    try:
        return str(IPv4Address(text) if name.endswith("4") else IPv6Address(text))
    except ValueError as error:
        version = name[-4:].lower()
        raise Fault(400, f"Invalid input for field/attribute {name}. Value: {text}. {text!r} is not a '{version}'") from error


def _hints(call: Call) -> dict[str, tuple[str, ...]]:
    given = call.body.get("os:scheduler_hints") or call.body.get("OS-SCH-HNT:scheduler_hints") or {}
    found = {name: _texts(value) for name, value in given.items()}
    for uid in found.get("group", ()):
        group = call.state.maybe(ServerGroup, uid)
        if group is None or (group.project != call.project and not call.credentials.admin):
            raise Fault(400, f"Instance group {uid} could not be found.")
    return found


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)
