"""/v3/domains/{domain_id}/config: a domain's own configuration of the identity drivers; it is kept, and has no effect here."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity import events
from emulators.openstack.identity.domain_config_options import DEFAULTS, OPTIONS, SECRETS
from emulators.openstack.identity.extras import decoded, encoded
from emulators.openstack.identity.finding import require
from emulators.openstack.identity.model import Domain
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.service import IDENTITY
from emulators.world.decide import Decision

Config = dict[str, dict[str, Any]]
_BODY: Final = {
    "type": "object",
    "properties": {"config": {"type": "object"}},
    "required": ["config"],
}
_PATHS: Final = tuple(f"/domains/{{domain_id}}/config{rest}" for rest in ("", "/{group}", "/{group}/{option}"))


def _invalid(reason: str) -> Fault:
    return Fault(403, f"Invalid domain specific configuration: {reason}.")


def _require_known(group: str, option: str) -> None:
    """Raise Fault 403 for a group or option that domains have none of."""
    if group and group not in OPTIONS:
        raise _invalid(f"Group {group} is not supported for domain specific configurations")
    if option and option not in OPTIONS[group] | SECRETS:
        raise _invalid(f"Option {option} in group {group} is not supported for domain specific configurations")


def _sound(config: Any) -> Config:
    """The configuration; raises Fault 403 for one that is none."""
    if not config:
        raise _invalid("No options specified")
    for group, options in config.items():
        if not options or not isinstance(options, dict):
            raise _invalid(f"The value of group {group} specified in the config should be a dictionary of options")
        for option in options:
            _require_known(group, option)
    found: Config = config
    return found


def _missing(domain: str, group: str, option: str) -> Fault:
    what = f"option {option} in group {group}" if option else f"group {group}" if group else "any options"
    return Fault(404, f"Could not find {what} in domain configuration for domain {domain}.")


def part_of(config: Config, group: str, option: str) -> dict[str, Any] | None:
    """The part of a configuration that a path names; None when it is not there."""
    if option:
        found = config.get(group, {})
        return {option: found[option]} if option in found else None
    if group:
        return {group: config[group]} if config.get(group) else None
    return config or None


def _named(call: Call) -> tuple[str, str, str]:
    return call.path["domain_id"], call.path.get("group", ""), call.path.get("option", "")


def _shown(config: Config) -> Config:
    """Without secrets, which are never shown."""
    return {group: {name: value for name, value in options.items() if name not in SECRETS} for group, options in config.items()}


async def get_domain_config(call: Call) -> dict[str, Any]:
    """The configuration, or a part of it."""
    allow(call, reads="")
    uid, group, option = _named(call)
    domain = require(call.state, Domain, uid)
    _require_known(group, option)
    found = part_of(_shown(decoded(domain.config)), group, option)
    if found is None:
        raise _missing(uid, group, option)
    return {"config": found}


@IDENTITY.put(_PATHS[0], rule=anyone, body=_BODY)
async def create_domain_config(call: Call) -> Reply:
    """The domain has this configuration, whatever it had before."""
    allow(call)
    uid = call.path["domain_id"]
    new = not require(call.state, Domain, uid).config
    domain = await call.ask(configure, uid=uid, config=_sound(call.body["config"]))
    return Reply({"config": _shown(decoded(domain.config))}, 201 if new else 200)


async def update_domain_config(call: Call) -> dict[str, Any]:
    """The configuration with its changes: those of one group or option only when the path names it."""
    allow(call)
    uid, group, option = _named(call)
    _require_known(group, option)
    given = call.body["config"]
    config = _sound({group: given} if option else given)
    if group and (set(config) != {group} or (option and set(config[group]) != {option})):
        what = f"option {option} in group {group}" if option else f"group {group}"
        raise _invalid(f"Trying to update {what}, so that, and only that, must be specified in the config")
    domain = await call.ask(merge, uid=uid, config=config, group=group, option=option)
    return {"config": _shown(decoded(domain.config))}


async def delete_domain_config(call: Call) -> None:
    """The configuration, or that part of it, is gone."""
    allow(call)
    uid, group, option = _named(call)
    _require_known(group, option)
    await call.ask(drop, uid=uid, group=group, option=option)


@ask
def configure(decision: Decision, *, uid: str, config: Config) -> Domain:
    """The domain has exactly this configuration."""
    return decision.update(events.DOMAIN.changed, require(decision.state, Domain, uid), config=encoded(config))


@ask
def merge(decision: Decision, *, uid: str, config: Config, group: str, option: str) -> Domain:
    """The options hold on top of those from before; raises Fault 404 when the part that is named was not there."""
    old: Config = decoded(require(decision.state, Domain, uid).config)
    if (group or option) and part_of(old, group, option) is None:
        raise _missing(uid, group, option)
    merged = old | {name: old.get(name, {}) | options for name, options in config.items()}
    return configure(decision, uid=uid, config=merged)


@ask
def drop(decision: Decision, *, uid: str, group: str, option: str) -> Domain:
    """The part is gone; raises Fault 404 when it was not there."""
    old: Config = decoded(require(decision.state, Domain, uid).config)
    if group and part_of(old, group, option) is None:
        raise _missing(uid, group, option)
    kept = {name: options for name, options in old.items() if group and name != group}
    if option:
        kept[group] = {name: value for name, value in old[group].items() if name != option}
    return configure(decision, uid=uid, config={name: options for name, options in kept.items() if options})


async def get_domain_config_default(call: Call) -> dict[str, Any]:
    """What holds for domains that say nothing else."""
    allow(call, reads="")
    group, option = call.path.get("group", ""), call.path.get("option", "")
    _require_known(group, option)
    return {"config": part_of(DEFAULTS, group, option)}


for _path in _PATHS:
    IDENTITY.get(_path, rule=anyone)(get_domain_config)
    IDENTITY.patch(_path, rule=anyone, body=_BODY)(update_domain_config)
    IDENTITY.delete(_path, rule=anyone)(delete_domain_config)
    IDENTITY.get(_path.replace("{domain_id}/config", "config") + "/default", rule=anyone)(get_domain_config_default)
