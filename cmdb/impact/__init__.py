"""What a failure does to everything else: three states, with redundancy, capacity and restarts, each change explained."""

from cmdb.impact.analysis import impact_of, needs_of
from cmdb.impact.report import Affected, CiRef, ClusterRoom, Impact, Needed, Step, Upstream
from cmdb.impact.states import State

__all__ = ["Affected", "CiRef", "ClusterRoom", "Impact", "Needed", "State", "Step", "Upstream", "impact_of", "needs_of"]
