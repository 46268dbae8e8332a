"""tempest.conf for a cloud: what the lists need, and nothing that would excuse a fault of the cloud's."""

from __future__ import annotations

import configparser
from pathlib import Path

from tests.clients.tempest.asking import Api
from tests.clients.tempest.cloud import Offer

IMAGE_BYTES = 1 << 20
PRIVATE_CIDR = "10.100.0.0/16"
SECONDS = 60
"""How long a state may take to be reached: dc-sim's clock makes every wait short."""
LOGIN_SECONDS = 20
"""How long a container may take until it can be logged in to: it starts within a second."""
Sections = dict[str, dict[str, object]]


def written(folder: Path, api: Api, found: Offer, *, accounts: Path | None = None, ssh_user: str = "") -> Path:
    """Write ``etc/tempest.conf`` in a folder and answer its path.

    With ``accounts`` tests run as the users of that file, without it Tempest makes users with the administrator's credentials.
    With ``ssh_user`` servers are logged in to.
    """
    parser = configparser.ConfigParser(interpolation=None)
    sections = general(folder, api, found) | features(found) | credentials(api, accounts) | validation(found, ssh_user)
    parser.read_dict({name: {key: text(value) for key, value in values.items()} for name, values in sections.items()})
    for name in ("etc", "logs", "locks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    path = folder / "etc" / "tempest.conf"
    with path.open("w") as file:
        parser.write(file)
    return path


def text(value: object) -> str:
    """A value as oslo.config reads it; a dollar sign would be taken for a reference."""
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value).replace("$", "$$")


def general(folder: Path, api: Api, found: Offer) -> Sections:
    """Where the services are and which of their things to use.

    States are polled without a pause: Tempest takes whole seconds only, and each poll waits for its answer anyway.
    """
    waits: dict[str, object] = {"build_interval": 0, "build_timeout": SECONDS}
    root = api.identity.removesuffix("/v3").removesuffix("/identity")
    return {
        "DEFAULT": {"log_dir": folder / "logs", "log_file": "tempest.log"},
        "oslo_concurrency": {"lock_path": folder / "locks"},
        "identity": {"uri_v3": api.identity, "auth_version": "v3", "region": api.region},
        "compute": {
            **waits,
            "image_ref": found.images[0],
            "image_ref_alt": found.images[1],
            "flavor_ref": found.flavors[0],
            "flavor_ref_alt": found.flavors[1],
            "max_microversion": "latest",
            "min_compute_nodes": min(max(found.hosts, 1), 2),
        },
        "image": waits,
        "network": {
            **waits,
            "public_network_id": found.public_network,
            "floating_network_name": found.public_network_name,
            "project_network_cidr": PRIVATE_CIDR,
        },
        "volume": {**waits, "catalog_type": found.volume_type, "max_microversion": "latest"},
        "object-storage": {"operator_role": "member", "reseller_admin_role": "ResellerAdmin"},
        "scenario": {"img_file": image_file(folder), "img_disk_format": "raw"},
        "dashboard": {"dashboard_url": f"{root}/dashboard/"},
    }


def image_file(folder: Path) -> Path:
    """The image that scenarios upload: a raw disk, filled with a pattern that is no format's beginning."""
    path = folder / "image.raw"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(range(1, 256)) * (IMAGE_BYTES // 255))
    return path


def features(found: Offer) -> Sections:
    """What Tempest may expect: by default it leaves out tests that the lists ask for."""
    return {
        "service_available": {
            "nova": "compute" in found.services,
            "glance": "image" in found.services,
            "neutron": "network" in found.services,
            "cinder": found.volume_type in found.services,
            "swift": "object-store" in found.services,
            "horizon": True,
        },
        "compute-feature-enabled": {"resize": True},
        "image-feature-enabled": {"image_format_enforcement": False},
        "network-feature-enabled": {
            "api_extensions": found.network_extensions or ("none",),
            "ipv6_subnet_attributes": True,
            "port_security": "port-security" in found.network_extensions,
        },
        "object-storage-feature-enabled": {"discoverable_apis": found.objects or ("none",)},
    }


def credentials(api: Api, accounts: Path | None) -> Sections:
    """As whom the tests run."""
    if accounts is not None:
        return {"auth": {"use_dynamic_credentials": False, "test_accounts_file": accounts}}
    admin: dict[str, object] = {
        "use_dynamic_credentials": True,
        "admin_username": api.username,
        "admin_password": api.password,
        "admin_project_name": api.project,
        "admin_domain_name": "Default",
    }
    return {"auth": admin}


def validation(found: Offer, ssh_user: str) -> Sections:
    """Whether servers are logged in to, over their floating IPs and with a key."""
    return {
        "validation": {
            "run_validation": bool(ssh_user),
            "connect_method": "floating",
            "auth_method": "keypair",
            "image_ssh_user": ssh_user or "root",
            "image_alt_ssh_user": ssh_user or "root",
            "network_for_ssh": found.public_network_name,
            "connect_timeout": LOGIN_SECONDS,
            "ssh_timeout": LOGIN_SECONDS,
            "ping_timeout": LOGIN_SECONDS,
            "ssh_shell_prologue": "PATH=$PATH:/sbin:/usr/sbin;",
        }
    }
