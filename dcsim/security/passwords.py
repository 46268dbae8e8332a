"""Password hashes: argon2id, computed in a few threads, with the same work for users that do not exist."""

from __future__ import annotations

import asyncio
import hmac
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# RFC 9106's second recommendation, with less memory: a login must stay under 50 ms on a laptop that runs a datacenter.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


async def hash_password(password: str) -> str:
    """The argon2id hash of *password*, in PHC string form."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), _HASHER.hash, password)


def hash_now(password: str) -> str:
    """The same without a loop: for what a new world begins with."""
    return _HASHER.hash(password)


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether *password* belongs to the hash *stored*; None (no such user) costs as much and is never true."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), _verify, stored, password)


def same_secret(expected: str, given: str) -> bool:
    """Whether two secrets that are known in the clear are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(expected.encode(), given.encode())


def _verify(stored: str | None, password: str) -> bool:
    try:
        _HASHER.verify(stored or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _nobody() -> str:
    return _HASHER.hash("no user has this password")


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
