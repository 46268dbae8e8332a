"""Performance counters, under the ids that a real vCenter 8 has them by."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from pyVmomi import vim

from emulators.vsphere.views.constructors import element


class Counter(NamedTuple):
    """A counter; ``level`` is from which statistics level on it is kept for the whole object, ``device_level`` for each device."""

    key: int
    group: str
    name: str
    rollup: str
    unit: str
    kind: str
    level: int
    device_level: int
    label: str

    @property
    def full_name(self) -> str:
        """``cpu.usage.average``."""
        return f"{self.group}.{self.name}.{self.rollup}"


_TABLE: Final = """
2|cpu|usage|average|percent|rate|1|3|Usage
5|cpu|usagemhz|none|megaHertz|rate|4|4|Usage in MHz
6|cpu|usagemhz|average|megaHertz|rate|1|3|Usage in MHz
9|cpu|reservedCapacity|average|megaHertz|absolute|2|3|Reserved capacity
10|cpu|system|summation|millisecond|delta|3|3|System
11|cpu|wait|summation|millisecond|delta|3|3|Wait
12|cpu|ready|summation|millisecond|delta|1|3|Ready
13|cpu|idle|summation|millisecond|delta|2|3|Idle
14|cpu|used|summation|millisecond|delta|3|3|Used
24|mem|usage|average|percent|absolute|1|3|Host consumed %
27|mem|reservedCapacity|average|megaBytes|absolute|2|3|Reservation consumed
29|mem|granted|average|kiloBytes|absolute|2|3|Granted
33|mem|active|average|kiloBytes|absolute|2|3|Active
37|mem|shared|average|kiloBytes|absolute|2|3|Shared
41|mem|zero|average|kiloBytes|absolute|2|3|Zero pages
70|mem|swapped|average|kiloBytes|absolute|2|3|Swapped
74|mem|swaptarget|average|kiloBytes|absolute|2|3|Swap target
78|mem|swapIn|average|kiloBytes|absolute|2|3|swapIn
82|mem|swapOut|average|kiloBytes|absolute|2|3|swapOut
85|mem|swapinRate|average|kiloBytesPerSecond|rate|1|3|Swap in rate
86|mem|swapoutRate|average|kiloBytesPerSecond|rate|1|3|Swap out rate
90|mem|vmmemctl|average|kiloBytes|absolute|1|3|Ballooned memory
94|mem|vmmemctltarget|average|kiloBytes|absolute|2|3|Balloon target
98|mem|consumed|average|kiloBytes|absolute|1|3|Consumed
102|mem|overhead|average|kiloBytes|absolute|1|1|Overhead consumed
105|mem|compressed|average|kiloBytes|absolute|2|3|Compressed
106|mem|compressionRate|average|kiloBytesPerSecond|rate|2|3|Compression rate
107|mem|decompressionRate|average|kiloBytesPerSecond|rate|2|3|Decompression rate
125|disk|usage|average|kiloBytesPerSecond|rate|1|3|Usage
130|disk|read|average|kiloBytesPerSecond|rate|2|3|Read rate
131|disk|write|average|kiloBytesPerSecond|rate|2|3|Write rate
133|disk|maxTotalLatency|latest|millisecond|absolute|1|3|Highest latency
136|disk|numberReadAveraged|average|number|rate|1|3|Average read requests per second
137|disk|numberWriteAveraged|average|number|rate|1|3|Average write requests per second
143|net|usage|average|kiloBytesPerSecond|rate|1|3|Usage
146|net|packetsRx|summation|number|delta|2|3|Packets received
147|net|packetsTx|summation|number|delta|2|3|Packets transmitted
148|net|received|average|kiloBytesPerSecond|rate|2|3|Data receive rate
149|net|transmitted|average|kiloBytesPerSecond|rate|2|3|Data transmit rate
155|sys|uptime|latest|second|absolute|1|3|Uptime
156|sys|heartbeat|summation|number|delta|1|3|Heartbeat
157|power|power|average|watt|rate|2|3|Usage
171|virtualDisk|numberReadAveraged|average|number|rate|1|3|Average read requests per second
172|virtualDisk|numberWriteAveraged|average|number|rate|1|3|Average write requests per second
173|virtualDisk|read|average|kiloBytesPerSecond|rate|2|2|Read rate
174|virtualDisk|write|average|kiloBytesPerSecond|rate|2|2|Write rate
175|virtualDisk|totalReadLatency|average|millisecond|absolute|1|3|Read latency
176|virtualDisk|totalWriteLatency|average|millisecond|absolute|1|3|Write latency
178|datastore|numberReadAveraged|average|number|rate|1|3|Average read requests per second
179|datastore|numberWriteAveraged|average|number|rate|1|3|Average write requests per second
180|datastore|read|average|kiloBytesPerSecond|rate|2|2|Read rate
181|datastore|write|average|kiloBytesPerSecond|rate|2|2|Write rate
182|datastore|totalReadLatency|average|millisecond|absolute|1|3|Read latency
183|datastore|totalWriteLatency|average|millisecond|absolute|1|3|Write latency
213|cpu|cpuentitlement|latest|megaHertz|absolute|2|3|Worst case allocation
214|mem|mementitlement|latest|megaBytes|absolute|2|3|Entitlement
215|clusterServices|cpufairness|latest|number|absolute|1|3|CPU fairness
216|clusterServices|memfairness|latest|number|absolute|1|3|Memory fairness
256|vmop|numPoweron|latest|number|absolute|1|3|VM power on count
257|vmop|numPoweroff|latest|number|absolute|1|3|VM power off count
258|vmop|numSuspend|latest|number|absolute|1|3|VM suspend count
259|vmop|numReset|latest|number|absolute|1|3|VM reset count
260|vmop|numRebootGuest|latest|number|absolute|1|3|VM guest reboot count
263|vmop|numCreate|latest|number|absolute|1|3|VM create count
264|vmop|numDestroy|latest|number|absolute|1|3|VM delete count
267|vmop|numReconfigure|latest|number|absolute|1|3|VM reconfigure count
268|vmop|numClone|latest|number|absolute|1|3|VM clone count
273|vmop|numVMotion|latest|number|absolute|1|3|vMotion count
276|clusterServices|effectivecpu|average|megaHertz|rate|1|3|Effective CPU resources
277|clusterServices|effectivemem|average|megaBytes|absolute|1|3|Effective memory resources
278|cpu|totalmhz|average|megaHertz|rate|1|3|Total
279|mem|totalmb|average|megaBytes|absolute|1|3|Total
280|clusterServices|failover|latest|number|absolute|1|3|Current failover level
281|disk|used|latest|kiloBytes|absolute|1|1|Space actually used
282|disk|provisioned|latest|kiloBytes|absolute|1|1|Space potentially used
283|disk|capacity|latest|kiloBytes|absolute|1|3|Capacity
388|cpu|utilization|average|percent|rate|2|3|Utilization
392|cpu|coreUtilization|average|percent|rate|2|3|Core Utilization
395|cpu|totalCapacity|average|megaHertz|absolute|2|3|Total capacity
396|cpu|latency|average|percent|rate|2|3|Latency
397|cpu|entitlement|latest|megaHertz|absolute|2|3|Entitlement
398|cpu|demand|average|megaHertz|absolute|2|3|Demand
399|cpu|costop|summation|millisecond|delta|2|3|Co-stop
402|cpu|run|summation|millisecond|delta|2|3|Run
406|mem|swapin|average|kiloBytes|absolute|2|3|Swap in
410|mem|swapout|average|kiloBytes|absolute|2|3|Swap out
419|mem|totalCapacity|average|megaBytes|absolute|2|3|Total reservation
423|mem|entitlement|average|kiloBytes|absolute|2|3|Entitlement
453|disk|totalWriteLatency|average|millisecond|absolute|2|3|Write latency
455|disk|deviceLatency|average|millisecond|absolute|1|3|Physical device command latency
460|net|droppedRx|summation|number|delta|2|3|Receive packets dropped
461|net|droppedTx|summation|number|delta|2|3|Transmit packets dropped
462|net|bytesRx|average|kiloBytesPerSecond|rate|2|3|Data receive rate
463|net|bytesTx|average|kiloBytesPerSecond|rate|2|3|Data transmit rate
"""
_GROUPS: Final = {
    "clusterServices": "Cluster services",
    "cpu": "CPU",
    "datastore": "Datastore",
    "disk": "Disk",
    "mem": "Memory",
    "net": "Network",
    "power": "Power",
    "sys": "System",
    "virtualDisk": "Virtual disk",
    "vmop": "Virtual machine operations",
}
_UNITS: Final = {
    "kiloBytes": ("KB", "Kilobyte"),
    "kiloBytesPerSecond": ("KBps", "Kilobytes per second"),
    "megaBytes": ("MB", "Megabyte"),
    "megaHertz": ("MHz", "Megahertz"),
    "millisecond": ("ms", "Millisecond"),
    "number": ("num", "Number"),
    "percent": ("%", "Percentage"),
    "second": ("s", "Second"),
    "watt": ("W", "Watt"),
}


def _counter(line: str) -> Counter:
    key, group, name, rollup, unit, kind, level, device_level, label = line.split("|")
    return Counter(int(key), group, name, rollup, unit, kind, int(level), int(device_level), label)


COUNTERS: Final[dict[int, Counter]] = {one.key: one for one in map(_counter, _TABLE.strip().splitlines())}


@cache
def counter_info() -> tuple[vim.PerformanceManager.CounterInfo, ...]:
    """The counters as ``perfCounter`` tells them; shared, so nobody may change them."""
    return tuple(_info(one) for one in COUNTERS.values())


def _info(one: Counter) -> vim.PerformanceManager.CounterInfo:
    return vim.PerformanceManager.CounterInfo(
        key=one.key,
        nameInfo=element(one.name, one.label),
        groupInfo=element(one.group, _GROUPS[one.group]),
        unitInfo=element(one.unit, *_UNITS[one.unit]),
        rollupType=one.rollup,
        statsType=one.kind,
        level=one.level,
        perDeviceLevel=one.device_level,
    )
