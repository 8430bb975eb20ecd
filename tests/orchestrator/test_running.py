"""Who can be stopped, in the process that works on a turn or is about to."""

from datetime import timedelta
from uuid import uuid4

from tertulia.orchestrator.service.running import Running
from tertulia.platform.db import Database


async def test_a_stop_that_comes_before_the_turn_is_taken_up_counts() -> None:
    """The window may have been fetched just before the reader's wish was written down."""
    async with Database("postgresql://nowhere", service="test") as database:
        running = Running(database, timedelta(seconds=10))
        stopped, other = uuid4(), uuid4()
        running.stop(stopped)
        with running.enter(uuid4(), stopped) as run:
            assert run.cut == "stopped"
        with running.enter(uuid4(), other) as run:
            assert run.cut is None
            running.stop(other)
            assert run.cut == "stopped"
