"""Memory of a whole dc-sim with 1,000 servers that were booted over the API, each on a network: <= 250 MiB PSS.

Measured after a list of all their details.  Repeat with ``python -m benchmarks.openstack.memory``.
"""

from __future__ import annotations

import statistics
import time

from benchmarks.measuring import Bound, arguments, line, memory_mib, proportional_mib
from benchmarks.openstack.whole import PATIENCE_SECONDS, SERVERS, Administrator, whole

COUNT, AT_ONCE = 1_000, 50
LIMIT_MIB = 250
HOSTS = 40
SAMPLES_AT_MOST = 3
"""A sample boots 1,000 servers."""


def main() -> None:
    """Measure."""
    repetitions = arguments(__doc__).parse_args().repetitions
    found, resident, seconds = [], [], []
    for _ in range(min(repetitions, SAMPLES_AT_MOST)):
        with whole({"DCSIM_MACHINES__BACKEND": "simulated", "DCSIM_WORLD__HOSTS": str(HOSTS)}) as (pid, administrator, _):
            seconds.append(_boot_all(administrator))
            found.append(proportional_mib(pid))
            resident.append(memory_mib(pid))
    more = {"servers": COUNT, "resident_mib": statistics.median(resident), "boot_all_s": statistics.median(seconds)}
    line("openstack.memory", "MiB", found, bound=Bound(most=LIMIT_MIB), more=more)


def _boot_all(administrator: Administrator) -> float:
    """Seconds until all are ACTIVE."""
    everything = {"instances": -1, "cores": -1, "ram": -1}
    administrator.ask("PUT", f"/compute/v2.1/os-quota-sets/{administrator.project}", {"quota_set": everything})
    administrator.ask("PUT", f"/networking/v2.0/quotas/{administrator.project}", {"quota": {"port": -1}})
    body = administrator.wanted(administrator.network("10.77.0.0/16"), min_count=AT_ONCE, max_count=AT_ONCE)
    begun = time.perf_counter()
    for _ in range(COUNT // AT_ONCE):
        administrator.ask("POST", SERVERS, body)
    while len(administrator.ask("GET", f"{SERVERS}/detail?status=ACTIVE")["servers"]) < COUNT:
        if time.perf_counter() - begun > PATIENCE_SECONDS:
            raise ConnectionError(f"{COUNT} servers are not ACTIVE after {PATIENCE_SECONDS} s")
        time.sleep(0.1)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
