"""Logs without secrets, and trace context."""

from __future__ import annotations

import io
import json
import logging

import structlog

from dcsim.telemetry.logs import configure_logs
from dcsim.telemetry.tracing import Answering, child_of, current_request_id, current_traceparent, span, trace_id_of, working_on

HEADER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def lines_of(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_logs_hide_secrets_by_key_and_by_value() -> None:
    stream = io.StringIO()
    configure_logs(form="json", secrets=lambda: frozenset({"hunter2"}), stream=stream)
    structlog.get_logger("test").warning("login as alice:hunter2", password="other", user="alice")
    logging.getLogger("library").error("got %s", "hunter2")
    own, foreign = lines_of(stream)
    assert (own["event"], own["password"], own["user"], own["level"]) == ("login as alice:********", "********", "alice", "warning")
    assert foreign["event"] == "got ********"


def test_secret_inside_an_exception_is_hidden() -> None:
    stream = io.StringIO()
    configure_logs(form="json", secrets=lambda: frozenset({"hunter2"}), stream=stream)
    structlog.get_logger("test").error("failed", exc_info=ValueError("wrong: hunter2"))
    (line,) = lines_of(stream)
    assert "ValueError: wrong: ********" in str(line["exception"])


def test_level_and_console() -> None:
    stream = io.StringIO()
    configure_logs(level="warning", form="console", stream=stream)
    structlog.get_logger("test").info("quiet")
    structlog.get_logger("test").warning("loud", number=1)
    assert "quiet" not in stream.getvalue()
    assert "loud" in stream.getvalue()


def test_lines_name_the_request_that_is_being_answered() -> None:
    stream = io.StringIO()
    configure_logs(form="json", stream=stream)
    answering = Answering("r-7", HEADER)
    structlog.get_logger("test").warning("inside")
    logging.getLogger("library").warning("inside")
    assert (current_request_id(), current_traceparent()) == ("r-7", HEADER)
    answering.done()
    structlog.get_logger("test").warning("outside")
    assert [line.get("request_id") for line in lines_of(stream)] == ["r-7", "r-7", None]
    assert (current_request_id(), current_traceparent()) == ("", "")


def test_trace_goes_on_or_begins() -> None:
    assert trace_id_of(child_of(HEADER)) == trace_id_of(HEADER)
    assert child_of(HEADER) != HEADER
    for bad in (None, "", "rubbish", "ff-" + HEADER[3:], "00-" + "0" * 32 + HEADER[35:]):
        assert len(trace_id_of(child_of(bad))) == 32


def test_spans_join_the_current_trace() -> None:
    with working_on(HEADER), span("work", vm="vm-1") as started:
        assert current_traceparent() == HEADER
        assert f"{started.get_span_context().trace_id:032x}" == trace_id_of(HEADER)
    assert current_traceparent() == ""
