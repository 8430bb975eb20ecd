"""The writing side of a log: keeps all it has said, so that what Valkey loses comes back under the same numbers.

Valkey being away does not stop a writer: what is not in the log yet goes with the next append, and the end is tried
again for a while. Only a newer epoch stops it.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from datetime import timedelta

import structlog
from prometheus_client import Counter

from tertulia.platform.errors import Conflict
from tertulia.platform.sequence_log.keys import (
    APPEND,
    CLAIM,
    NUMBERS_AN_EPOCH,
    Entry,
    channel,
    epoch_key,
    from_stream,
    stream_key,
)
from tertulia.platform.valkey import Valkey, ValkeyUnavailable

log = structlog.get_logger()

TTL = timedelta(hours=1)
PATIENCE = timedelta(seconds=10)
_PAGE_ENTRIES = 500
_MANY = 50
_PAGE_BYTES = 512 * 1024
_REFILL_DEADLINE = timedelta(seconds=1)
_PAUSE = (0.05, 0.5)
_FENCED, _ELSEWHERE = -1, -2
_REFILLS = Counter("tertulia_log_refills_total", "Times that a writer put back what Valkey had lost")
_JITTER = random.SystemRandom()


class Fenced(Conflict):
    """A newer epoch writes this log now: this writer must stop and say nothing more."""

    code, title = "fenced", "Taken over"


class LogWriter:
    """Writes one log under one epoch. Not for use by two tasks at once."""

    def __init__(self, valkey: Valkey, name: str, epoch: int, ttl: timedelta = TTL) -> None:
        self.name = name
        self.epoch = epoch
        self._valkey = valkey
        self._ttl = int(ttl.total_seconds() * 1000)
        self._keys = (stream_key(name), epoch_key(name))
        self._channel = channel(name)
        self._before = 0
        self._said: list[bytes] = []
        self._written = 0
        self._claimed = False
        self._ended = False
        self._anew = False

    @property
    def last(self) -> int:
        """The number of the last entry said, whether Valkey has it yet or not."""
        return self._before + len(self._said)

    @property
    def ended(self) -> bool:
        return self._ended

    @property
    def settled(self) -> bool:
        """Whether all that was said is in the log, as far as this writer knows."""
        return self._written == len(self._said)

    def begin(self) -> None:
        """For the first and only writer of the first epoch, instead of ``open``: there is nothing to take over."""
        self._claimed = True

    async def open(self) -> list[bytes]:
        """Shut out older epochs, and take over what the log holds: this writer goes on after it, or at numbers of its
        own where nothing is held.

        Raises: Fenced; ValkeyUnavailable.
        """
        reply = await self._valkey.eval(CLAIM, self._keys, (self.epoch, self._ttl))
        if reply[0] == _FENCED:
            raise self._fenced(reply[1])
        held: list[Entry] = []
        while True:
            start = f"{held[-1].sequence + 1}-0" if held else "-"
            rows = await self._valkey.call(
                "XRANGE", self._keys[0], start, "+", "COUNT", _PAGE_ENTRIES, deadline=_REFILL_DEADLINE
            )
            held += from_stream(rows)
            if len(rows) < _PAGE_ENTRIES:
                break
        self._before = held[0].sequence - 1 if held else (self.epoch - 1) * NUMBERS_AN_EPOCH
        self._ended = self._ended or any(entry.end for entry in held)
        self._said = [entry.data for entry in held]
        self._written = len(held)
        self._claimed = True
        return list(self._said)

    async def append(self, entries: Sequence[bytes], *, end: bool = False, patience: timedelta = PATIENCE) -> int:
        """Say more; the number of the last entry. With none, what Valkey may have lost is put back.

        While Valkey is away this returns all the same; with ``end`` it tries for ``patience`` before it gives up.
        Raises: Fenced; ValueError after the end; ValkeyUnavailable when a later epoch's log cannot be read first.
        """
        if end and not entries:
            msg = "the end is an entry"
            raise ValueError(msg)
        if not self._claimed:
            await self._claim()
        if self._ended and entries:
            msg = "the log has ended"
            raise ValueError(msg)
        self._said += entries
        self._ended = self._ended or end
        try:
            await self._write()
        except ValkeyUnavailable:
            if end:
                await self.settle(patience)
        return self.last

    async def settle(self, patience: timedelta = PATIENCE) -> bool:
        """Try until all that was said is in the log, or ``patience`` is over; whether it is.

        Raises: Fenced.
        """
        until = time.monotonic() + patience.total_seconds()
        while True:
            try:
                await self._write()
            except ValkeyUnavailable:
                if time.monotonic() >= until:
                    log.warning("log_not_settled", name=self.name, missing=len(self._said) - self._written)
                    return False
                await asyncio.sleep(_JITTER.uniform(*_PAUSE))
            else:
                return True

    async def _claim(self) -> None:
        """The first epoch has nothing to take over and may begin while Valkey is away; a later one must read first."""
        try:
            if await self.open():
                log.info("log_taken_over", name=self.name, epoch=self.epoch, entries=self.last)
        except ValkeyUnavailable:
            if self.epoch > 1:
                raise
            self._claimed = True

    async def _write(self) -> None:
        """Bring the log up to what was said; a reply that the log ends elsewhere says where to go on."""
        while True:
            page = self._page()
            whole = self._written + len(page) == len(self._said)
            reply = await self._valkey.eval(
                APPEND,
                self._keys,
                (
                    self.epoch,
                    self._ttl,
                    self._before + self._written + 1,
                    int(self._ended and whole),
                    int(self._anew),
                    self._channel,
                    self._before,
                    *page,
                ),
                deadline=None if len(page) < _MANY else _REFILL_DEADLINE,
            )
            if reply[0] == _FENCED:
                raise self._fenced(reply[1])
            if reply[0] == _ELSEWHERE:
                self._move(last=reply[1], epoch=reply[2])
                continue
            self._anew = False
            self._written += len(page)
            if whole:
                return

    def _page(self) -> list[bytes]:
        page: list[bytes] = []
        size = 0
        for data in self._said[self._written : self._written + _PAGE_ENTRIES]:
            size += len(data)
            if page and size > _PAGE_BYTES:
                break
            page.append(data)
        return page

    def _move(self, *, last: int, epoch: int) -> None:
        """The log is shorter than was known (Valkey lost it), or longer (a reply of ours was lost)."""
        if epoch not in (0, self.epoch) or (epoch == 0 and last > self._before):
            self._anew = True  # Valkey lost the log, and an older epoch has written since: its entries go
            last = self._before
        if last > self.last:
            raise self._fenced(epoch)
        held = last - self._before
        if held < self._written:
            _REFILLS.inc()
            log.warning("log_refilled", name=self.name, held=held, said=len(self._said))
        self._written = held

    def _fenced(self, epoch: int) -> Fenced:
        log.info("log_fenced", name=self.name, epoch=self.epoch, newer=epoch)
        return Fenced("Another worker writes this answer now.")
