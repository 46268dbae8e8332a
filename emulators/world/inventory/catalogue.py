"""The names and sizes that generated inventories are made of."""

from __future__ import annotations

from typing import NamedTuple

from emulators.world.inventory.spec import ImageSpec, ProjectSpec, VmClass


class Place(NamedTuple):
    """A site to be: its short name, the city and the time zone."""

    name: str
    city: str
    time_zone: str


PLACES = (
    Place("ams1", "Amsterdam", "Europe/Amsterdam"),
    Place("fra1", "Frankfurt", "Europe/Berlin"),
    Place("lon1", "London", "Europe/London"),
    Place("iad1", "Ashburn", "America/New_York"),
    Place("sjc1", "San Jose", "America/Los_Angeles"),
    Place("sin1", "Singapore", "Asia/Singapore"),
    Place("nrt1", "Tokyo", "Asia/Tokyo"),
    Place("syd1", "Sydney", "Australia/Sydney"),
    Place("gru1", "São Paulo", "America/Sao_Paulo"),
    Place("bom1", "Mumbai", "Asia/Kolkata"),
    Place("jnb1", "Johannesburg", "Africa/Johannesburg"),
    Place("yyz1", "Toronto", "America/Toronto"),
)

IMAGES = (
    ImageSpec(name="debian-12", ref="dcsim/guest-debian:12", guest_id="debian12_64Guest", size="117MiB"),
    ImageSpec(name="tiny-linux", ref="dcsim/guest-tiny:1", guest_id="otherLinux64Guest", size="2MiB"),
)

VM_CLASSES = {
    "infra-s": VmClass(cpus=1, memory="1GiB", disks=["16GiB"], image="tiny-linux"),
    "infra-m": VmClass(cpus=2, memory="4GiB", disks=["40GiB"], image="debian-12"),
    "web-s": VmClass(cpus=1, memory="2GiB", disks=["20GiB"], image="debian-12"),
    "web-m": VmClass(cpus=2, memory="4GiB", disks=["40GiB"], image="debian-12"),
    "app-m": VmClass(cpus=2, memory="8GiB", disks=["40GiB"], image="debian-12"),
    "app-l": VmClass(cpus=4, memory="16GiB", disks=["60GiB"], image="debian-12"),
    "cache-m": VmClass(cpus=2, memory="8GiB", disks=["20GiB"], image="tiny-linux"),
    "db-m": VmClass(cpus=4, cores_per_socket=2, memory="16GiB", disks=["40GiB", "200GiB"], image="debian-12"),
    "db-l": VmClass(cpus=8, cores_per_socket=4, memory="32GiB", disks=["60GiB", "500GiB"], image="debian-12"),
}


class Infra(NamedTuple):
    """A VM that every site has; those with ``front`` have a second NIC among the web servers."""

    name: str
    cls: str
    front: bool = False
    template: bool = False


INFRA = (
    Infra("dns-01", "infra-s"),
    Infra("dns-02", "infra-s"),
    Infra("debian-12-template", "infra-m", template=True),
    Infra("jump-01", "infra-s", front=True),
    Infra("mon-01", "infra-m"),
    Infra("ntp-01", "infra-s"),
    Infra("proxy-01", "infra-s", front=True),
    Infra("log-01", "infra-m"),
    Infra("backup-01", "infra-m"),
    Infra("repo-01", "infra-m"),
)


class Tier(NamedTuple):
    """How many VMs a tier has, of which classes (drawn evenly), on which kind of segment, and how many keep it up."""

    name: str
    low: int
    high: int
    classes: tuple[str, ...]
    segment: str
    chance: float = 1.0


TIERS = (
    Tier("web", 2, 5, ("web-s", "web-m", "web-m"), "web"),
    Tier("app", 2, 6, ("app-m", "app-m", "app-l"), "app"),
    Tier("cache", 1, 2, ("cache-m",), "app", chance=0.4),
    Tier("db", 1, 3, ("db-m", "db-m", "db-m", "db-l"), "db"),
)


class App(NamedTuple):
    """A kind of application: the business service it belongs to and the team that answers for it."""

    name: str
    service: str
    team: str


APPS = (
    App("shop", "Online Store", "commerce"),
    App("payments", "Payments", "commerce"),
    App("billing", "Finance", "finance-it"),
    App("crm", "Customer Care", "customer-it"),
    App("search", "Online Store", "commerce"),
    App("erp", "Finance", "finance-it"),
    App("catalog", "Online Store", "commerce"),
    App("helpdesk", "Customer Care", "customer-it"),
    App("warehouse", "Logistics", "logistics-it"),
    App("shipping", "Logistics", "logistics-it"),
    App("hr", "Workplace", "workplace"),
    App("wiki", "Workplace", "workplace"),
    App("mail", "Workplace", "workplace"),
    App("ci", "Engineering Platform", "platform"),
    App("artifacts", "Engineering Platform", "platform"),
    App("git", "Engineering Platform", "platform"),
    App("reports", "Analytics", "data"),
    App("lake", "Analytics", "data"),
    App("fraud", "Payments", "data"),
    App("pricing", "Online Store", "data"),
    App("loyalty", "Customer Care", "customer-it"),
    App("ledger", "Finance", "finance-it"),
    App("fleet", "Logistics", "logistics-it"),
    App("identity", "Workplace", "security"),
    App("vault", "Engineering Platform", "security"),
    App("video", "Online Store", "commerce"),
    App("survey", "Customer Care", "customer-it"),
    App("forecast", "Analytics", "data"),
    App("tax", "Finance", "finance-it"),
    App("portal", "Workplace", "workplace"),
)

CRITICALITY = {"Payments": 1, "Online Store": 1, "Finance": 2, "Customer Care": 2, "Logistics": 2, "Workplace": 3}
SERVICE_OWNERS = {
    "Online Store": "commerce",
    "Payments": "commerce",
    "Finance": "finance-it",
    "Customer Care": "customer-it",
    "Logistics": "logistics-it",
    "Workplace": "workplace",
    "Engineering Platform": "platform",
    "Analytics": "data",
}
ENVIRONMENTS = (("prod", ""), ("stage", "-stg"), ("dev", "-dev"))
"""Environments, and what they add to an application's name."""
REGIONS = ("", "-eu", "-us", "-apac", "-uk", "-br", "-jp", "-in", "-au", "-ca", "-za")
"""Once every application exists in every environment, they come again for other regions."""

PROJECTS = (
    ProjectSpec(name="admin", description="Operators of the cloud"),
    ProjectSpec(name="service", description="Users of the services themselves"),
    ProjectSpec(name="engineering", description="Product development"),
    ProjectSpec(name="research", description="Data science and experiments"),
)
