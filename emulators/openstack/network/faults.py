"""Neutron's refusals by their own names and sentences (neutron-lib's exceptions)."""

from __future__ import annotations

from emulators.openstack.faults import Fault


def bad_request(resource: str, message: str) -> Fault:
    """``Bad floatingip request: ...``."""
    return Fault(400, f"Bad {resource} request: {message}.", type="BadRequest")


def invalid_input(message: str, name: str = "InvalidInput") -> Fault:
    """``Invalid input for operation: ...``."""
    return Fault(400, f"Invalid input for operation: {message}.", type=name)


def malformed(message: str) -> Fault:
    """A request that the API layer refuses before any resource is looked at."""
    return Fault(400, message, type="HTTPBadRequest")


def unfit(attribute: str, reason: object) -> Fault:
    """A value that does not fit its attribute."""
    return malformed(f"Invalid input for {attribute}. Reason: {reason}.")


def forbidden(rule: str) -> Fault:
    """What policy says of ``create_network:shared`` and its like."""
    return Fault(403, f"(rule:{rule}) is disallowed by policy", type="PolicyNotAuthorized")


def hidden() -> Fault:
    """What is there, but not for whom asks."""
    return Fault(404, "The resource could not be found.", type="HTTPNotFound")


def not_found(what: str, sentence: str) -> Fault:
    """``NetworkNotFound``: ``Network ... could not be found.``"""
    return Fault(404, sentence, type=f"{what}NotFound")


def conflict(name: str, sentence: str) -> Fault:
    """A 409 by its name."""
    return Fault(409, sentence, type=name)


def network_in_use(network: str, reason: str = "There are one or more ports still in use on the network") -> Fault:
    """A network that cannot go, or change so."""
    return conflict("NetworkInUse", f"Unable to complete operation on network {network}. {reason}.")


def subnet_in_use(subnet: str, reason: str = "One or more ports have an IP allocation from this subnet") -> Fault:
    """A subnet that cannot go, or change so."""
    return conflict("SubnetInUse", f"Unable to complete operation on subnet {subnet}: {reason}.")


def address_in_use(network: str, address: str) -> Fault:
    """An address that another port has."""
    return conflict("IpAddressInUse", f"Unable to complete operation for network {network}. The IP address {address} is in use.")


def no_address(network: str) -> Fault:
    """Every address is taken."""
    return conflict("IpAddressGenerationFailure", f"No more IP addresses available on network {network}.")
