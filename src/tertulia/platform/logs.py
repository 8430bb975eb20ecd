"""Logs: one JSON line an event on standard output, with the call it belongs to.

The event is a static name and the data stands in keywords, so that a search finds every one. What people wrote and what
opens a door never reach a line: a processor takes such keywords out. Where the lines go from there is the machine's
business, not ours.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import msgspec
import structlog

from tertulia.platform import context

# fmt: off
_FORBIDDEN = frozenset({
    "password", "passwd", "secret", "token", "access_token", "refresh_token", "authorization", "cookie", "cookies",
    "set_cookie", "api_key", "private_key", "dsn", "signature", "pepper", "credentials",
    "content", "text", "prompt", "messages", "body", "answer", "title", "query", "input", "output", "delta", "parts",
})
# fmt: on
_NOISY = {"uvicorn.access": logging.WARNING, "httpx": logging.WARNING, "sqlalchemy.engine": logging.WARNING}
_STDOUT = 1
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}

Line = MutableMapping[str, Any]


def configure(service: str, *, level: str, format: str) -> None:  # noqa: A002 - the setting is called so
    """Set up structlog and the standard library's logging for this process, once, at its start."""
    number = _LEVELS[level]
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        _Call(service),
        drop_forbidden,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if format == "console":
        text = open(_STDOUT, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115 - for good
        last: list[structlog.typing.Processor] = [structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())]
        factory: Any = structlog.WriteLoggerFactory(text)
    else:
        lines = open(_STDOUT, "wb", buffering=0, closefd=False)  # noqa: SIM115 - for good; one write for each line
        last = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_encode)]
        factory = structlog.BytesLoggerFactory(lines)
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=factory,
        cache_logger_on_first_use=True,
    )
    _configure_standard_library(shared, number, json=format != "console")


def _configure_standard_library(shared: list[structlog.typing.Processor], level: int, *, json: bool) -> None:
    """Libraries log through ``logging``: their lines take the same form."""
    tail: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_encode_text)]
        if json
        else [structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())]
    )
    text = open(_STDOUT, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115 - for good
    handler = logging.StreamHandler(text)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *tail],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.INFO))
    for name, minimum in _NOISY.items():
        logging.getLogger(name).setLevel(max(level, minimum))


class _Call:
    """Adds the service and the call being served; what the line itself says wins."""

    def __init__(self, service: str) -> None:
        self.service = service

    def __call__(self, _logger: Any, _method: str, line: Line) -> Line:
        line.setdefault("service", self.service)
        call = context.current()
        if call.request_id:
            line.setdefault("request_id", call.request_id)
        if call.workspace_id:
            line.setdefault("workspace_id", str(call.workspace_id))
        if call.traceparent:
            line.setdefault("trace_id", call.trace_id)
        return line


def drop_forbidden(_logger: Any, _method: str, line: Line) -> Line:
    """Take out keywords that hold secrets or what people wrote, whoever passed them."""
    for key in [k for k in line if k.lower() in _FORBIDDEN]:
        del line[key]
    return line


def _encode(line: Any, **_: Any) -> bytes:
    try:
        return msgspec.json.encode(line, enc_hook=repr)
    except (ValueError, TypeError):  # halves of surrogate pairs, keys that are no text
        return msgspec.json.encode({str(key): ascii(value) for key, value in line.items()})


def _encode_text(line: Any, **_: Any) -> str:
    return _encode(line).decode()
