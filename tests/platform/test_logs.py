"""Logs: JSON lines that know their call and hold neither secrets nor what people wrote."""

import json
import logging
import os
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
import structlog

from tertulia.platform import context, logs

Read = Callable[[], list[dict[str, object]]]


@pytest.fixture
def lines(capfdbinary: pytest.CaptureFixture[bytes]) -> Iterator[Read]:
    """Logs as a service writes them; what was before is put back."""
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    logs.configure("demo", level="info", format="json")
    yield lambda: [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


def test_a_line_knows_its_call(lines: Read) -> None:
    """Service, request, workspace and trace are in each line, and data stands in keywords."""
    workspace = uuid4()
    trace = context.accept_traceparent(None)
    with context.serving(context.CallContext(request_id="r-1", workspace_id=workspace, traceparent=trace)):
        structlog.get_logger().info("page_turned", page=3)
    structlog.get_logger().info("book_closed")
    first, second = lines()
    assert first["event"] == "page_turned"
    assert (first["service"], first["request_id"], first["page"]) == ("demo", "r-1", 3)
    assert (first["workspace_id"], first["trace_id"]) == (str(workspace), trace[3:35])
    assert "request_id" not in second


def test_secrets_and_texts_are_taken_out(lines: Read) -> None:
    """Whoever passes them by mistake."""
    structlog.get_logger().info("signed_in", password="pw", Authorization="Bearer x", text="hello", kind="session")
    (line,) = lines()
    assert line["kind"] == "session"
    assert not {"password", "Authorization", "text"} & line.keys()


def test_libraries_log_in_the_same_form(lines: Read) -> None:
    """The standard library's logging becomes JSON lines, with stacks in one field."""
    try:
        os.environ["NO SUCH NAME"]
    except LookupError:
        logging.getLogger("some.package").exception("it %s", "broke")
    logging.getLogger("some.package").debug("unseen")
    (line,) = lines()
    assert (line["event"], line["level"], line["service"]) == ("it broke", "error", "demo")
    assert "KeyError" in str(line["exception"])


def test_what_json_cannot_hold_is_shown(lines: Read) -> None:
    """A log line never fails because of what it tells of."""
    structlog.get_logger().info("odd", thing=object, when=uuid4())
    structlog.get_logger().info("half", name="\ud800")
    first, second = lines()
    assert "object" in str(first["thing"])
    assert "ud800" in str(second["name"])
