"""Applications and business services: where impact starts to mean something to people."""

from __future__ import annotations

from cmdb.model.declare import Integer, Item, Text, Texts, ci_class


@ci_class(table="cmdb_ci_service", icon="service", family="services", identifiers=(("name",),), indexed=("criticality",), abstract=True)
class Service(Item, frozen=True, kw_only=True):
    """What is offered to somebody; ``criticality`` goes from 1 (vital) to 4."""

    criticality: Integer = None
    owner: Text = None


@ci_class(table="cmdb_ci_appl", icon="application")
class Application(Service, frozen=True, kw_only=True):
    """Software in tiers of VMs; how many of each tier are needed stands on its NEEDS relations."""

    tiers: Texts = None


@ci_class(table="cmdb_ci_service_business", icon="briefcase")
class BusinessService(Service, frozen=True, kw_only=True):
    """What the business sells or runs on."""
