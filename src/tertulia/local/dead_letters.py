"""The commands that show messages which no attempt could handle, and send them again once the cause is mended.

They speak to the NATS that the environment names, else to that of the one-machine mode in `TERTULIA_HOME`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from tertulia.local.errors import LocalError
from tertulia.local.home import Home
from tertulia.local.operations import print_line
from tertulia.local.servers.command import Login
from tertulia.local.servers.nats import Nats
from tertulia.local.services import OPERATOR
from tertulia.local.settings import read
from tertulia.platform import logs
from tertulia.platform.bus import Bus, dead
from tertulia.platform.errors import TertuliaError

T = TypeVar("T")
PAGE = 100
WITHIN_S = 5.0


def show_all(environ: Mapping[str, str], *, after: int) -> None:
    letters = _ask(environ, lambda bus: dead.listing(bus, after=after, limit=PAGE))
    for letter in letters:
        died = letter.died_at.isoformat(timespec="seconds")
        print_line(f"{letter.sequence:>6}  {died}  {letter.subject}  for {letter.consumer}: {letter.reason}")
    if not letters:
        print_line("no dead letters")
    elif len(letters) == PAGE:
        print_line(f"… more with --after {letters[-1].sequence}")


def show(environ: Mapping[str, str], number: int) -> None:
    letter = _ask(environ, lambda bus: dead.show(bus, number))
    for name in ("sequence", "subject", "consumer", "reason", "deliveries", "died_at"):
        print_line(f"{name}: {getattr(letter, name)}")
    for name, value in letter.headers.items():
        print_line(f"{name}: {value}")
    print_line(f"\n{letter.body.decode(errors='replace')}")


def replay(environ: Mapping[str, str], numbers: Sequence[int]) -> None:
    for number in numbers:
        letter = _ask(environ, partial(_replay, number=number))
        print_line(f"{number}: {letter.subject} sent again to {letter.consumer}")


async def _replay(bus: Bus, number: int) -> dead.DeadLetter:
    return await dead.replay(bus, number)


def _ask(environ: Mapping[str, str], question: Callable[[Bus], Awaitable[T]]) -> T:
    async def asked() -> T:
        async with asyncio.timeout(WITHIN_S), Bus(address, "tertulia dead-letters") as bus:
            return await question(bus)

    address = _address(environ)
    logs.configure("cli", level="error", format="console")
    try:
        return asyncio.run(asked())
    except TimeoutError as error:
        raise LocalError(f"NATS does not answer within {WITHIN_S:.0f} s: is Tertulia running?") from error
    except TertuliaError as error:
        raise LocalError(str(error)) from error


def _address(environ: Mapping[str, str]) -> str:
    if given := environ.get("TERTULIA_NATS_URL"):
        return given
    data = Home(read(environ).home).server("nats")
    try:
        written = json.loads((data / "nats.conf").read_text())
    except OSError as error:
        raise LocalError(
            "TERTULIA_NATS_URL is not set, and there is no NATS of `tertulia up` in TERTULIA_HOME"
        ) from error
    logins = {user["user"]: user["password"] for user in written["authorization"]["users"]}
    if OPERATOR not in logins:
        raise LocalError("the NATS of TERTULIA_HOME was started by an older version: start Tertulia again")
    login = Login(OPERATOR, logins[OPERATOR])
    return Nats(data, int(written["listen"].rpartition(":")[2]), [login]).url(login)
