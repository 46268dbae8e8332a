"""Logs, metrics and trace context."""

from __future__ import annotations

from dataclasses import dataclass, field

from dcsim.telemetry.metrics import Metrics

__all__ = ["Metrics", "Telemetry"]


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What the services of one process report to; logs go through ``structlog.get_logger(__name__)``."""

    metrics: Metrics = field(default_factory=Metrics)
