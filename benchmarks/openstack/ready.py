"""From starting ``dcsim up`` (a new world, simulated machines) until the administrator has a token, by password: <= 3 s.

What runs is the whole of dc-sim, all areas.  Repeat with ``python -m benchmarks.openstack.ready``.
"""

from __future__ import annotations

import statistics

from benchmarks.measuring import Bound, arguments, cpu_seconds, line
from benchmarks.openstack.whole import whole

LIMIT_SECONDS = 3.0


def main() -> None:
    """Measure."""
    repetitions = arguments(__doc__).parse_args().repetitions
    took, cpus = [], []
    for _ in range(repetitions):
        with whole({"DCSIM_MACHINES__BACKEND": "simulated"}) as (pid, _, seconds):
            took.append(seconds)
            cpus.append(cpu_seconds(pid))
    line("openstack.ready", "s", took, bound=Bound(most=LIMIT_SECONDS), more={"cpu_s": statistics.median(cpus)})


if __name__ == "__main__":
    main()
