"""API versions: which ones exist, which are announced, and which one a request speaks."""

from __future__ import annotations

from functools import cache
from typing import Final, cast

from emulators.vsphere.soap import vmodl

API_VERSION: Final = "8.0.3.0"
"""The newest version that the emulator announces by default."""

_INTERNAL: Final = "urn:internalvim25"  # PowerCLI and the vSphere client put this into SOAPAction


@cache
def version_ids() -> tuple[str, ...]:
    """Public vim25 version ids that pyVmomi knows, newest first: ``9.1.1.0`` … ``8.0.3.0`` … ``4.0``."""
    names = vmodl.support().GetServiceVersions("vim25")
    ids = [vmodl.support().versionIdMap[name] for name in names]
    return tuple(one for one in ids if one and one[0].isdigit() and one not in {"2.0", "2.5", "2.5u2", "2.5u2server"})


def announced(newest: str = API_VERSION) -> tuple[str, ...]:
    """``newest`` and what came before it, newest first; ValueError when pyVmomi does not know ``newest``."""
    ids = version_ids()
    return ids[ids.index(newest) :]


@cache
def service_versions_xml(newest: str = API_VERSION) -> bytes:
    """The body of ``/sdk/vimServiceVersions.xml``: how SmartConnect and govc learn what the server speaks."""
    current, *prior = announced(newest)
    older = "".join(f"<version>{one}</version>" for one in prior)
    return (
        '<?xml version="1.0" encoding="UTF-8" ?><namespaces version="1.0"><namespace><name>urn:vim25</name>'
        f"<version>{current}</version><priorVersions>{older}</priorVersions></namespace></namespaces>\n"
    ).encode()


def vmodl_version(version_id: str, namespace: str = vmodl.VIM25) -> str | None:
    """VMODL name of a wire version: ``8.0.3.0`` → ``vim.version.v8_0_3_0``; None when unknown."""
    return cast("str | None", vmodl.support().versionMap.get(f"{namespace.removeprefix('urn:')}/{version_id}"))


@cache
def newest_of(namespace: str) -> str:
    """The newest VMODL version of a service, for clients that don't name one; for vim25 the announced one."""
    if namespace == vmodl.VIM25:
        return vmodl_version(API_VERSION) or metadata_base()
    return cast("str", vmodl.support().newestVersions.GetNameW(namespace.removeprefix("urn:")))


def metadata_base() -> str:
    """The version that every other one includes."""
    return cast("str", vmodl.support().BASE_VERSION)


def of_soap_action(action: str | None, namespace: str) -> str | None:
    """VMODL version that a SOAPAction header names (``"urn:vim25/8.0.3.0"``).

    The service's newest when it names none; None when the one it names is unknown.
    """
    uri = (action or "").strip().strip('"')
    base, slash, version_id = uri.partition("/")
    if not slash or base not in {namespace, _INTERNAL} or not version_id[:1].isalnum():
        return newest_of(namespace)
    return vmodl_version(version_id, namespace)
