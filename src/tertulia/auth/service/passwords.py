"""Passwords: which are refused, and argon2id in a small pool of its own.

A hash takes some 70 ms of a processor and 46 MB, so two run at a time, 32 wait and the next is told to come back; the
event loop never waits for one. Who may try how often is ``guessing``'s matter.
"""

import asyncio
import runpy
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tertulia.auth.schemas import MAX_PASSWORD
from tertulia.platform.errors import FieldError, Unavailable, Unprocessable

MIN_PASSWORD = 8
THREADS = 2
WAITING = 32
_RETRY = timedelta(seconds=2)
_OWN_WORD = 4
# Of an account that does not exist: right in form and parameters, and nobody's.
_NOBODY = "$argon2id$v=19$m=47104,t=1,p=1$dGVydHVsaWEtbm9ib2R5IQ$3qz0vO1dYq1jYB9r7yCkV3mJp2o0sWkz3nQn1nJ0b2E"

P = ParamSpec("P")
R = TypeVar("R")


class WeakPassword(Unprocessable):
    code, title = "weak_password", "Choose another password"

    def __init__(self, problem: str, field: str) -> None:
        super().__init__(problem, param=field, errors=[FieldError(field, problem)])


class HashingBusy(Unavailable):
    code = "sign_in_busy"


class Passwords:
    """Hashes and verifies. Entered, it knows the common passwords; left, its threads end."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=1, memory_cost=47104, parallelism=1)
        self._pool = ThreadPoolExecutor(THREADS, "argon2")
        self._places = threading.BoundedSemaphore(THREADS + WAITING)

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(common_passwords)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def check(self, password: str, *, field: str, own_words: tuple[str, ...]) -> None:
        """Refuses what a guesser tries first; ``own_words`` are the person's e-mail and name.

        Raises: WeakPassword.
        """
        text = normalised(password)
        if len(text) < MIN_PASSWORD:
            raise WeakPassword(f"Use at least {MIN_PASSWORD} characters; 15 or more are better.", field)
        if len(text) > MAX_PASSWORD:
            raise WeakPassword(f"Use at most {MAX_PASSWORD} characters.", field)
        if text.casefold() in common_passwords():
            raise WeakPassword("This is one of the passwords that are guessed first. Choose another.", field)
        if len(_without(text.casefold(), own_words)) < MIN_PASSWORD:
            raise WeakPassword("This is little more than your name or e-mail address. Choose another.", field)

    async def hash(self, password: str) -> str:
        """Raises: HashingBusy."""
        return await self._run(self._hasher.hash, normalised(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is right; for no account (None) it takes the same time to say no.

        Raises: HashingBusy.
        """
        right = await self._run(self._verify, stored or _NOBODY, normalised(password))
        return right and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether it was hashed with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """A place is given back when the thread has ended, not when the caller has left."""
        if not self._places.acquire(blocking=False):
            raise HashingBusy("Too many people are signing in at once. Try again in a moment.", retry_after=_RETRY)
        try:
            future = self._pool.submit(work, *args, **kwargs)
        except RuntimeError as stopping:
            self._places.release()
            raise HashingBusy("This server is stopping. Try again.", retry_after=_RETRY) from stopping
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)


def normalised(password: str) -> str:
    """One password however the keyboard composed its letters (RFC 8265 asks for NFC)."""
    return unicodedata.normalize("NFC", password)


@cache
def common_passwords() -> frozenset[str]:
    """The commonest 30,000 by zxcvbn's count, as far as they are long enough to be accepted at all.

    The list is read without the package around it, which would keep 15 MB of words in memory.
    """
    package = find_spec("zxcvbn")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("zxcvbn")
    module = runpy.run_path(str(Path(package.submodule_search_locations[0]) / "frequency_lists.py"))
    return frozenset(word for word in module["FREQUENCY_LISTS"]["passwords"] if len(word) >= MIN_PASSWORD)


def _without(text: str, own_words: tuple[str, ...]) -> str:
    """What is left when the person's own words, whole and in parts, are taken out."""
    parts = {part for word in own_words for part in (word, *word.replace("@", " ").replace(".", " ").split())}
    for part in sorted((part.casefold() for part in parts if len(part) >= _OWN_WORD), key=len, reverse=True):
        text = text.replace(part, "")
    return text
