"""Waiting for a condition, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
LONG = 30.0


def eventually(look: Callable[[], T | None], within: float = LONG) -> T:
    """What ``look`` gives once it gives something; fails when it has not within so many seconds."""
    until = time.monotonic() + within
    while not (found := look()):
        if time.monotonic() > until:
            raise AssertionError(f"{look.__qualname__} was not so within {within} s")
        time.sleep(0.05)  # between two looks
    return found
