"""Properties of PerformanceManager."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vim

from emulators.vsphere.objects import Singleton
from emulators.vsphere.properties.table import prop
from emulators.vsphere.views.constructors import element
from emulators.vsphere.views.services.counters import counter_info

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

INTERVALS: Final = (
    ("Past day", 300, 86_400),
    ("Past week", 1_800, 604_800),
    ("Past month", 7_200, 2_592_000),
    ("Past year", 86_400, 31_536_000),
)
"""Name, seconds between samples, and seconds that they are kept."""
STATISTICS_LEVEL: Final = 1


@prop(vim.PerformanceManager, "perfCounter")
def perf_counter(_view: View, _manager: Singleton) -> list[Any]:
    """The counters."""
    return list(counter_info())


@prop(vim.PerformanceManager, "historicalInterval")
def historical_interval(_view: View, _manager: Singleton) -> list[Any]:
    """How history is rolled up."""
    return [
        vim.HistoricalInterval(key=key, samplingPeriod=period, name=name, length=length, level=STATISTICS_LEVEL, enabled=True)
        for key, (name, period, length) in enumerate(INTERVALS, 1)
    ]


@prop(vim.PerformanceManager, "description")
def description(_view: View, _manager: Singleton) -> vim.PerformanceDescription:
    """What roll-ups and kinds of statistics are called."""
    return vim.PerformanceDescription(
        counterType=[
            element("average", "Average", "Average of the samples of the interval"),
            element("maximum", "Maximum", "Largest sample of the interval"),
            element("minimum", "Minimum", "Smallest sample of the interval"),
            element("latest", "Latest", "Last sample of the interval"),
            element("summation", "Summation", "Sum of the samples of the interval"),
            element("none", "None", "Counter is never rolled up"),
        ],
        statsType=[
            element("absolute", "Absolute", "Actual value of the counter"),
            element("delta", "Delta", "Change of the counter over the interval"),
            element("rate", "Rate", "Value of the counter per second"),
        ],
    )
