"""The beat that fast streams share."""

import asyncio
from functools import partial

from tertulia.platform.frames import Frames


async def test_all_who_wait_are_called_together() -> None:
    """Whoever asks before the beat is called at it, in the order of asking, and not at one of their own."""
    frames, called, all_asked = Frames(0.05), list[int](), asyncio.Event()
    for number in range(20):
        frames.at_next(partial(called.append, number))
    frames.at_next(all_asked.set)
    assert called == []
    await all_asked.wait()
    assert called == list(range(20))


async def test_who_asks_at_the_beat_is_called_at_the_next() -> None:
    """A call that asks again is not called twice at one beat, and the beats go on."""
    frames, loop = Frames(0.05), asyncio.get_running_loop()
    times, twice = list[float](), asyncio.Event()

    def again() -> None:
        times.append(loop.time())
        if len(times) == 2:
            twice.set()
        else:
            frames.at_next(again)

    frames.at_next(again)
    await twice.wait()
    assert times[1] - times[0] >= 0.04


def test_a_loop_that_is_gone_holds_nobody_up() -> None:
    """A beat that was asked for in a loop that ended before it is not waited for in the next one."""
    frames = Frames(0.05)

    async def ask() -> None:
        frames.at_next(lambda: None)

    async def ask_and_wait() -> None:
        come = asyncio.Event()
        frames.at_next(come.set)
        await come.wait()

    asyncio.run(ask())
    asyncio.run(ask_and_wait())
