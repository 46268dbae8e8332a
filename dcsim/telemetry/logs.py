"""Logs: one line an event on stderr, as JSON or for people, with the request's id and without secrets."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Set
from typing import Any, TextIO

import structlog
from aiohttp.http_exceptions import BadHttpMessage
from structlog.types import EventDict, Processor, WrappedLogger

from dcsim.telemetry.tracing import current_request_id

HIDDEN = "********"
SECRET_KEYS = frozenset({"password", "passwd", "secret", "token", "authorization", "cookie", "api_key", "private_key", "credentials"})
QUIET = ("aiohttp.access", "asyncio", "docker", "urllib3")
"""Loggers of libraries that only speak up from WARNING on."""


def configure_logs(
    *, level: str = "info", form: str = "auto", secrets: Callable[[], Set[str]] = frozenset, stream: TextIO | None = None
) -> None:
    """Send all logs of the process to *stream* (stderr).

    *form* is ``json``, ``console``, or ``auto``: console on a terminal.  *secrets* answers the values to hide wherever they occur.
    """
    target = stream or sys.stderr
    console = form == "console" or (form == "auto" and target.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_request_id,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    structlog.configure(
        processors=[*shared[:-1], structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_rendering(console, _Redactor(secrets))))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("aiohttp.server").addFilter(_malformed_requests_are_clients_errors)


def _malformed_requests_are_clients_errors(record: logging.LogRecord) -> bool:
    """What is no HTTP is answered with 400 and is no error of the server: one line, without a traceback."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, BadHttpMessage):
        record.exc_info = None
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg, record.args = f"{record.getMessage()}: {' '.join(error.message.split())}", ()
    return True


def _add_request_id(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    request_id = current_request_id()
    if request_id:
        event.setdefault("request_id", request_id)
    return event


def _rendering(console: bool, redact: Processor) -> list[Processor]:
    first: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if console:
        return [*first, redact, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    return [*first, structlog.processors.format_exc_info, redact, structlog.processors.JSONRenderer(default=str)]


class _Redactor:
    """Hides values under telling keys, and known secrets inside any text."""

    def __init__(self, secrets: Callable[[], Set[str]]) -> None:
        self._secrets = secrets

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
        known = [secret for secret in self._secrets() if secret]
        return {key: HIDDEN if key.lower() in SECRET_KEYS else _without(value, known) for key, value in event.items()}


def _without(value: Any, known: list[str]) -> Any:
    if isinstance(value, str):
        for secret in known:
            value = value.replace(secret, HIDDEN)
    return value
