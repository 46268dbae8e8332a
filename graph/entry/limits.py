"""Rate limits: points that a principal has, what requests cost, and what clients are told about both.

A request costs `REQUEST` points, and a GraphQL query its cost besides.  Who has shown a token is counted by subject, everybody else by
address.  Headers are those of draft-ietf-httpapi-ratelimit-headers-10.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from aiohttp import web

from dcsim.errors import TooManyRequests, Unauthenticated
from dcsim.http.auth import CLAIMS, PUBLIC
from graph.entry.buckets import MOST_KEYS, Allowance, Buckets

REQUEST: Final = 10.0
"""Points of a request."""
FAILED: Final = 50.0
"""Points of one whose token is none of ours: guessing is dear."""
LEASE: Final = 100.0
"""Points that a gateway takes ahead at once, so that it asks Redis for one request of ten."""
ANONYMOUS_SHARE: Final = 0.1
"""What an address has without a token, of what a principal has."""


class Remaining(msgspec.Struct, frozen=True):
    """What a principal still has: points, of how many at most, how fast they come back, and after how many seconds all are back."""

    points: float
    most: float
    per_second: float

    @property
    def reset(self) -> float:
        """Seconds until nothing is missing."""
        return (self.most - self.points) / self.per_second if self.per_second else 0.0


class OverLimit(TooManyRequests):
    """The points are used up; ``remaining`` says how far."""

    def __init__(self, message: str, *, retry_after: float, remaining: Remaining) -> None:
        super().__init__(message, retry_after=retry_after)
        self.remaining = remaining


REMAINING: Final = web.RequestKey("remaining", Remaining)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Limiter:
    """Charges points.  An allowance of 0 points a second stands for no limit."""

    def __init__(self, buckets: Buckets, allowance: Allowance, now: Callable[[], float] = time.monotonic) -> None:
        self._buckets = buckets
        self._allowance = allowance
        self._now = now
        self._leased: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._refused: dict[str, float] = {}

    async def charge(self, principal: str, points: float) -> Remaining:
        """Take points from a principal (``user:...``, ``ip:...``).  Raises OverLimit, which says when there will be enough.

        What costs more than the whole bucket is let through when the bucket is full, and empties it.
        """
        allowance = self.allowance(principal)
        if allowance.per_second <= 0:
            return Remaining(allowance.size, allowance.size, 0.0)
        ahead, left = self._leased.pop(principal, (0.0, allowance.size))
        needed = min(points, allowance.size)
        if ahead >= needed:
            return self._keep(principal, allowance, ahead - needed, left)
        self._leased[principal] = ahead, left  # nothing may be lost while we wait, if we are cancelled
        self._demand_patience(principal, allowance, ahead + left)
        missing = needed - ahead
        taken = await self._buckets.take(principal, allowance, missing, max(missing, min(missing + LEASE, allowance.size / 10)))
        ahead, _ = self._leased.pop(principal, (0.0, 0.0))
        if taken.granted + ahead < needed:
            self._leased[principal] = ahead, taken.left
            self._refuse(principal, allowance, needed - ahead - taken.left, taken.left + ahead)
        return self._keep(principal, allowance, ahead + taken.granted - needed, taken.left)

    def allowance(self, principal: str) -> Allowance:
        """What a principal has."""
        if principal.startswith("ip:"):
            return Allowance(self._allowance.size * ANONYMOUS_SHARE, self._allowance.per_second * ANONYMOUS_SHARE)
        return self._allowance

    def _keep(self, principal: str, allowance: Allowance, ahead: float, left: float) -> Remaining:
        self._leased[principal] = ahead, left
        if len(self._leased) > MOST_KEYS:
            self._leased.popitem(last=False)
        return Remaining(ahead + left, allowance.size, allowance.per_second)

    def _refuse(self, principal: str, allowance: Allowance, missing: float, left: float) -> None:
        seconds = max(missing / allowance.per_second, 0.001)
        if len(self._refused) > MOST_KEYS:
            self._refused.clear()
        self._refused[principal] = self._now() + seconds
        self._complain(allowance, seconds, left)

    def _demand_patience(self, principal: str, allowance: Allowance, left: float) -> None:
        """Refuse whoever was told to wait, and does not, without asking anybody."""
        seconds = self._refused.get(principal, 0.0) - self._now()
        if seconds > 0:
            self._complain(allowance, seconds, left)
        self._refused.pop(principal, None)

    def _complain(self, allowance: Allowance, seconds: float, left: float) -> None:
        remaining = Remaining(max(left, 0.0), allowance.size, allowance.per_second)
        raise OverLimit(f"Too many requests: there are points again in {seconds:.2f} s.", retry_after=seconds, remaining=remaining)


def principal_of(request: web.Request) -> str:
    """Whom a request is counted for."""
    claims = request.get(CLAIMS)
    return f"user:{claims.subject}" if claims is not None else address_of(request)


def address_of(request: web.BaseRequest) -> str:
    """The address that a connection comes from; nothing that a header claims."""
    return f"ip:{request.remote or 'unknown'}"


def guarded(limiter: Limiter) -> Any:
    """A middleware outside of authentication: tokens that are none of ours cost their sender's address points."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Unauthenticated:
            await _charged(limiter, request, address_of(request), FAILED)
            raise

    return guard


def limited(limiter: Limiter) -> Any:
    """A middleware inside of authentication: each request costs its principal points."""

    @web.middleware
    async def limit(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in PUBLIC:
            await _charged(limiter, request, principal_of(request), REQUEST)
        return await handler(request)

    return limit


async def _charged(limiter: Limiter, request: web.Request, principal: str, points: float) -> None:
    try:
        request[REMAINING] = await limiter.charge(principal, points)
    except OverLimit as error:
        request[REMAINING] = error.remaining
        raise


async def tell(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers; a signal of the application (``on_response_prepare``)."""
    remaining = request.get(REMAINING)
    if remaining is not None and remaining.per_second > 0:
        window = max(1, math.ceil(remaining.most / remaining.per_second))
        response.headers["RateLimit-Policy"] = f'"points";q={int(remaining.most)};w={window}'
        response.headers["RateLimit"] = f'"points";r={int(remaining.points)};t={math.ceil(remaining.reset)}'
