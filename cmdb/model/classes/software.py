"""Packages and the advisories about them."""

from __future__ import annotations

from cmdb.model.declare import Item, Text, Texts, ci_class


@ci_class(table="cmdb_ci_spkg", icon="package", family="software", identifiers=(("name", "release"),), abstract=True)
class Software(Item, frozen=True, kw_only=True):
    """What runs on machines."""

    release: Text = None


@ci_class(table="cmdb_ci_spkg", icon="package", identifiers=(("name", "release", "architecture"),))
class Package(Software, frozen=True, kw_only=True):
    """A package in one version (``release``)."""

    architecture: Text = None


@ci_class(table="sn_vul_entry", icon="advisory", identifiers=(("name",),), indexed=("severity",))
class Advisory(Software, frozen=True, kw_only=True):
    """A published weakness of packages."""

    severity: Text = None
    cves: Texts = None


@ci_class(table="cmdb_ci_firmware", icon="firmware")
class FirmwareBundle(Software, frozen=True, kw_only=True):
    """A firmware package that hardware runs."""

    component: Text = None
