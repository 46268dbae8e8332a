"""API versions: which ones exist, which are announced, and which one a request speaks."""

from __future__ import annotations

import re
from functools import cache
from typing import Final, cast

from emulators.vsphere.soap import vmodl

API_VERSION: Final = "9.0.0.0"
"""The newest version that the emulator announces by default."""

_NUMBERED: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){1,3}\Z")
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
    """VMODL name of a wire version: ``8.0.3.0`` → ``vim.version.v8_0_3_0``; None when unknown, and when newer than all.

    A number between two known ones means the older: govc 0.26 says ``7.0``, and vCenter takes it for ``7.0.0.0``.
    """
    exact = vmodl.support().versionMap.get(f"{namespace.removeprefix('urn:')}/{version_id}")
    if exact is not None:
        return cast("str", exact)
    wanted = _numbers(version_id)
    older = [known for known in _numbered(namespace) if wanted and known[0] <= wanted]
    return older[-1][1] if older and len(older) < len(_numbered(namespace)) else None


def _numbers(version_id: str) -> tuple[int, ...]:
    """``7.0`` → (7, 0, 0, 0); () for what is no such number."""
    if not _NUMBERED.match(version_id):
        return ()
    parts = [int(part) for part in version_id.split(".")]
    return tuple(parts + [0] * (4 - len(parts)))


@cache
def _numbered(namespace: str) -> list[tuple[tuple[int, ...], str]]:
    """(numbers, VMODL name) of a service's versions, oldest first."""
    prefix = f"{namespace.removeprefix('urn:')}/"
    ids = {uri.removeprefix(prefix): name for uri, name in vmodl.support().versionMap.items() if uri.startswith(prefix)}
    return sorted((_numbers(version_id), name) for version_id, name in ids.items() if _numbers(version_id))


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
