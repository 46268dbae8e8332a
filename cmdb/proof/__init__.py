"""Proving impact: what was predicted for a failure, against what came of it on a fork of the world."""

from cmdb.proof.proving import prove
from cmdb.proof.report import Proof, Score
from cmdb.proof.trial import EngineTrials, Sighting, Trial

__all__ = ["EngineTrials", "Proof", "Score", "Sighting", "Trial", "prove"]
