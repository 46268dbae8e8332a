"""What the server announces, as its clients read it."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from pyVim import connect as _connect

from emulators.vsphere.soap import versions, vmodl

connect: Any = _connect
support = vmodl.support()


def negotiated(newest: str) -> str:
    """Return the version that pyVmomi's SmartConnect picks: its most preferred one that the server announces."""
    document = ElementTree.parse(BytesIO(versions.service_versions_xml(newest)))  # noqa: S314 - our own bytes, parsed as the client does
    is_supported = connect.__dict__["__VersionIsSupported"]
    name: str = next(name for name in support.GetServiceVersions("vim25") if is_supported(name, document))
    return name


@pytest.mark.parametrize(
    ("newest", "expected"),
    [
        ("8.0.3.0", "vim.version.v8_0_3_0"),
        ("9.0.0.0", "vim.version.v9_0_0_0"),
        ("7.0.0.0", "vim.version.v7_0"),
        ("6.5", "vim.version.version11"),
    ],
)
def test_smart_connect_picks_the_newest_announced(newest: str, expected: str) -> None:
    assert negotiated(newest) == expected


def test_the_document_looks_as_vcenter_s() -> None:
    assert versions.service_versions_xml().startswith(
        b'<?xml version="1.0" encoding="UTF-8" ?><namespaces version="1.0"><namespace><name>urn:vim25</name><version>9.0.0.0</version>'
        b"<priorVersions><version>8.0.3.1</version><version>8.0.3.0</version>"
    )
    assert versions.announced()[-3:] == ("5.0", "4.1", "4.0")


def test_an_unknown_version_cannot_be_announced() -> None:
    with pytest.raises(ValueError, match="tuple"):
        versions.announced("8.0.9.9")


def test_services_have_their_own_newest_version() -> None:
    assert versions.newest_of("urn:vim25") == "vim.version.v9_0_0_0"
    assert versions.newest_of("urn:pbm").startswith("pbm.version.")
    assert versions.of_soap_action('"urn:pbm/6.5"', "urn:pbm") == support.versionMap["pbm/6.5"]
