"""The beat that fast streams share."""

import asyncio

from tertulia.platform.frames import Frames


async def test_all_who_wait_are_woken_together() -> None:
    """Whoever asks before the beat goes on at it, and not at one of their own."""
    frames, woken = Frames(0.05), list[int]()

    async def wait(number: int) -> None:
        await frames.next()
        woken.append(number)

    waiting = [asyncio.create_task(wait(number)) for number in range(20)]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert woken == list(range(20))


async def test_who_leaves_takes_the_beat_from_nobody() -> None:
    """One that is cancelled while it waits leaves the others waiting, and the next beat comes as well."""
    frames = Frames(0.05)
    leaving, staying = asyncio.create_task(frames.next()), asyncio.create_task(frames.next())
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    await frames.next()
    assert leaving.cancelled()


def test_a_loop_that_is_gone_holds_nobody_up() -> None:
    """A beat that was asked for in a loop that ended before it is not waited for in the next one."""
    frames = Frames(0.05)

    async def ask_and_go() -> None:
        asyncio.ensure_future(frames.next()).cancel()

    asyncio.run(ask_and_go())
    asyncio.run(frames.next())
