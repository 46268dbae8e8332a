"""Who things belong to."""

from __future__ import annotations

from cmdb.model.declare import Flag, Item, Text, ci_class


@ci_class(table="cmn_department", icon="people", family="tenancy", identifiers=(("name",),), abstract=True)
class Tenant(Item, frozen=True, kw_only=True):
    """Whose something is."""


@ci_class(table="cmdb_ci_os_project", icon="project", identifiers=(("uuid",), ("name", "domain")))
class Project(Tenant, frozen=True, kw_only=True):
    """An OpenStack project."""

    uuid: Text = None
    domain: Text = None
    enabled: Flag = None


@ci_class(table="sys_user_group", icon="team")
class Team(Tenant, frozen=True, kw_only=True):
    """People who answer for an application."""

    email: Text = None
