"""``/healthz`` (the process lives), ``/readyz`` (the service can work) and ``/metrics`` of a REST listener."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
from aiohttp import web

from dcsim.service import Check, Health, Service
from dcsim.telemetry import Metrics
from dcsim.telemetry.metrics import CONTENT_TYPE

CHECK_SECONDS: Final = 2.0


class Readiness(msgspec.Struct, frozen=True):
    """The body of ``/readyz``."""

    service: str
    status: str
    checks: tuple[Check, ...]


async def health_of(service: Service) -> Health:
    """The health of *service*; a check that takes more than 2 s counts as failed."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await service.health()
    except TimeoutError:
        return Health((Check(name="health", ok=False, detail=f"no answer within {CHECK_SECONDS:g} s"),))


def add_health_routes(application: web.Application, service: Service, metrics: Metrics) -> None:
    """Add the three routes; they need no token."""

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"service": service.name, "status": "ok"})

    async def readyz(_: web.Request) -> web.Response:
        health = await health_of(service)
        body = Readiness(service=service.name, status=health.status, checks=health.checks)
        return web.Response(body=msgspec.json.encode(body), status=200 if health.ready else 503, content_type="application/json")

    async def scrape(_: web.Request) -> web.Response:
        return web.Response(body=await metrics.render(), headers={"Content-Type": CONTENT_TYPE})

    application.router.add_get("/healthz", healthz)
    application.router.add_get("/readyz", readyz)
    application.router.add_get("/metrics", scrape)
