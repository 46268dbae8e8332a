"""Pools of identities: blocks of addresses that profiles draw from and give back."""

from emulators.ucs.config.pools.drawing import draw, holder_of, release, reserve
from emulators.ucs.config.pools.kinds import BY_BLOCK, BY_POOL, IP, IQN, MAC, UUID, WWN, PoolKind

__all__ = ["BY_BLOCK", "BY_POOL", "IP", "IQN", "MAC", "UUID", "WWN", "PoolKind", "draw", "holder_of", "release", "reserve"]
