"""Who works on tickets: people, and the groups they are in."""

from __future__ import annotations

from typing import Annotated

from itsm.model.declare import INDEXED, Record, label, ref, table, text


@table("sys_user", label="User")
class User(Record, frozen=True, kw_only=True):
    """A person; ``user_name`` is that of the account."""

    user_name: Annotated[str, text(100), INDEXED, label("User ID")]
    name: str = ""
    first_name: Annotated[str, text(50)] = ""
    last_name: Annotated[str, text(50)] = ""
    email: Annotated[str, text(100)] = ""
    title: Annotated[str, text(60)] = ""
    active: bool = True
    time_zone: Annotated[str, text(64)] = ""


@table("sys_user_group", label="Group")
class Group(Record, frozen=True, kw_only=True):
    """People who share work and approve together."""

    name: Annotated[str, text(80), INDEXED]
    description: Annotated[str, text(1000)] = ""
    manager: Annotated[str, ref("sys_user")] = ""
    active: bool = True


@table("sys_user_grmember", label="Group Member")
class GroupMember(Record, frozen=True, kw_only=True):
    """That a person is in a group."""

    user: Annotated[str, ref("sys_user", indexed=True)]
    group: Annotated[str, ref("sys_user_group", indexed=True)]
