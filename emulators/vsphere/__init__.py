"""vSphere's window onto the world: SOAP at ``/sdk``, as vCenter has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulators.vsphere.window import VSphere

__all__ = ["VSphere"]


def __getattr__(name: str) -> Any:
    """``VSphere`` when it is asked for: the codec alone must not load every property and method."""
    if name == "VSphere":
        from emulators.vsphere.window import VSphere  # noqa: PLC0415 - see above

        return VSphere
    raise AttributeError(name)
