"""Properties of AuthorizationManager."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from emulators.vsphere.objects import Singleton
from emulators.vsphere.properties.table import prop
from emulators.vsphere.views.constructors import description, element
from emulators.vsphere.views.services.privileges import PRIVILEGES, ROLES, Role, humanise

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View


@prop(vim.AuthorizationManager, "roleList")
def role_list(_view: View, _manager: Singleton) -> list[Any]:
    """Every role."""
    return [role_info(role) for role in ROLES]


@cache
def role_info(role: Role) -> vim.AuthorizationManager.Role:
    """A role as vSphere tells it; shared, so nobody may change it."""
    return vim.AuthorizationManager.Role(
        roleId=role.id,
        system=role.system,
        name=role.name,
        info=description(role.label, role.summary),
        privilege=list(role.privileges),
    )


@prop(vim.AuthorizationManager, "privilegeList")
def privilege_list(_view: View, _manager: Singleton) -> list[Any]:
    """Every privilege."""
    return [vim.AuthorizationManager.Privilege(privId=one.id, onParent=False, name=one.name, privGroupName=one.group) for one in PRIVILEGES]


@prop(vim.AuthorizationManager, "description")
def privilege_description(_view: View, _manager: Singleton) -> vim.AuthorizationDescription:
    """What privileges and their groups are called."""
    groups = dict.fromkeys(one.group for one in PRIVILEGES)
    return vim.AuthorizationDescription(
        privilege=[element(one.id, one.label) for one in PRIVILEGES],
        privilegeGroup=[element(group, " ".join(humanise(part) for part in group.split("."))) for group in groups],
    )
