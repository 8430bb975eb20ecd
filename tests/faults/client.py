"""A client as people have one: asks, reads the stream, and when it is cut goes on from the last event's id.

It tries again with back-off, and writes down everything: each exchange, each event with its number and time. It never
looks inside the system.
"""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import aiohttp

from tests.faults.books import Attempt, Part, Turn

SILENCE_S = 16.5
"""A ping comes every 15 s at the latest."""
PATIENCE_S = 75.0
UNPROCESSABLE = 422
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 1.0
PASSWORD = "seven lanterns over the quay"


class Refused(AssertionError):
    """A call that this row needs to succeed did not."""


class Client:
    """One signed-in person's program. ``token`` is an access token or an API key."""

    def __init__(self, url: str, session: aiohttp.ClientSession, tenant: str, chance: random.Random) -> None:
        self.url = url
        self.tenant = tenant
        self.token = ""
        self.workspace = ""
        self.email = f"{tenant}@example.com"
        self._session = session
        self._chance = chance

    async def sign_up(self) -> None:
        account = {"email": self.email, "password": PASSWORD, "name": self.tenant}
        attempt = await self.call("POST", "/api/auth/signup", account)
        if attempt.status != 201:
            raise Refused(f"signing up: {attempt.status} {attempt.body or attempt.broke}")
        self.token, self.workspace = attempt.problem["access_token"], attempt.problem["workspace"]["id"]

    async def make_key(self) -> None:
        """From now on it shows an API key, which does not run out."""
        made = await self.call("POST", f"/api/workspaces/{self.workspace}/api-keys", {"name": "faults"})
        if made.status != 201:
            raise Refused(f"making a key: {made.status} {made.body or made.broke}")
        self.token = made.problem["key"]

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        within: float = 32.0,
    ) -> Attempt:
        """One exchange, whole."""
        attempt = Attempt(f"{method} {path}", time.monotonic())
        try:
            exchange = self._exchange(attempt, method, path, body, headers, silence=None)
            async with asyncio.timeout(within), exchange as answer:
                attempt.body = await answer.text()
        except TimeoutError:
            attempt.broke = f"no answer within {within:.0f} s"
        except (aiohttp.ClientError, OSError) as error:
            attempt.broke = type(error).__name__
        attempt.ended = time.monotonic()
        return attempt

    def turn(self, text: str, conversation: str | None = None) -> Turn:
        ids = [str(UUID(int=self._chance.getrandbits(128), version=4)) for _ in range(2)]
        return Turn(self.tenant, conversation or ids[0], ids[1], text, time.monotonic())

    async def ask(self, turn: Turn, patience: float = PATIENCE_S) -> Turn:
        """Asks until the question is taken, and reads until its answer has ended."""
        give_up = time.monotonic() + patience
        tried = 0
        while turn.end is None and time.monotonic() < give_up:
            heard = len(turn.parts)
            attempt = await self._ask_or_resume(turn)
            if attempt.status == UNPROCESSABLE:
                break
            tried = 0 if len(turn.parts) > heard else tried + 1
            await asyncio.sleep(self._pause(tried))
        turn.ended = time.monotonic()
        turn.refused = turn.acknowledged is None
        return turn

    async def _ask_or_resume(self, turn: Turn) -> Attempt:
        if turn.last is not None:
            path = f"/api/chat/{turn.conversation}/stream"
            return await self._read(turn, Attempt("resume", time.monotonic()), "GET", path, None)
        message = {"id": turn.question, "role": "user", "parts": [{"type": "text", "text": turn.text}]}
        body = {"id": turn.conversation, "message": message}
        return await self._read(turn, Attempt("ask", time.monotonic()), "POST", "/api/chat", body)

    async def _read(self, turn: Turn, attempt: Attempt, method: str, path: str, body: object) -> Attempt:
        turn.attempts.append(attempt)
        headers = {} if turn.last is None else {"last-event-id": str(turn.last)}
        try:
            async with self._exchange(attempt, method, path, body, headers) as answer:
                if answer.status != 200:
                    attempt.body = await answer.text()
                else:
                    turn.acknowledged = turn.acknowledged or time.monotonic()
                    await self._follow(turn, attempt, answer)
                    if turn.end is None:
                        attempt.broke = "unfinished"
        except aiohttp.SocketTimeoutError:
            attempt.broke, attempt.silent = "silence", True
            attempt.longest_silence = SILENCE_S
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            attempt.broke = type(error).__name__
        attempt.ended = time.monotonic()
        return attempt

    async def _follow(self, turn: Turn, attempt: Attempt, answer: aiohttp.ClientResponse) -> None:
        number: int | None = None
        heard = time.monotonic()
        async for raw in answer.content:
            now = time.monotonic()
            attempt.longest_silence, heard = max(attempt.longest_silence, now - heard), now
            line = raw.rstrip(b"\r\n")
            if line.startswith(b"id:"):
                number = int(line[3:])
            elif line == b"data: [DONE]":
                return
            elif line.startswith(b"data:"):
                turn.parts.append(Part(now, number, json.loads(line[5:])))
            elif not line:
                number = None

    @asynccontextmanager
    async def _exchange(
        self,
        attempt: Attempt,
        method: str,
        path: str,
        body: object,
        headers: Mapping[str, str] | None,
        *,
        silence: float | None = SILENCE_S,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """``silence``: how long nothing may come, in seconds."""
        patience = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=silence)
        shown = {"authorization": f"Bearer {self.token}"} if self.token else {"origin": self.url}
        shown |= headers or {}
        url = f"{self.url}{path}"
        async with self._session.request(method, url, json=body, headers=shown, timeout=patience) as answer:
            attempt.status, attempt.answered = answer.status, time.monotonic()
            attempt.kind = answer.headers.get("content-type", "")
            attempt.request_id = answer.headers.get("x-request-id", "")
            attempt.retry_after = answer.headers.get("retry-after", "")
            yield answer

    def _pause(self, tried: int) -> float:
        most = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**tried)
        return self._chance.uniform(most / 2, most)


@asynccontextmanager
async def opened() -> AsyncIterator[aiohttp.ClientSession]:
    """Many connections, none of which waits for another."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=5)
    jar: Any = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar, read_bufsize=2**20) as session:
        yield session
