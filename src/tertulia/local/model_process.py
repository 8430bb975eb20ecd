"""The local model's two processes: one that fetches what is missing and ends, one that serves the chat model.

Both are apart from the services: a download is broken off by ending its process, and a crash in the model's C++ code
harms nothing else.
"""

import asyncio
import json
import os
import signal
from http import HTTPStatus
from pathlib import Path
from typing import Any

from tertulia.local import interpreter, logfiles
from tertulia.local.component import Plan
from tertulia.local.console import Console
from tertulia.local.errors import LocalError
from tertulia.local.home import Home
from tertulia.local.probing import LOOPBACK, status
from tertulia.local.processes import Household
from tertulia.local.running import Running
from tertulia.local.servers.chat_model import ChatModel
from tertulia.local.servers.command import Command
from tertulia.local.settings import UpSettings

OFF = "off"
LOAD_WITHIN_S = 300.0


class LocalModel:
    def __init__(self, home: Home, settings: UpSettings, household: Household, console: Console) -> None:
        self._home = home
        self._settings = settings
        self._household = household
        self._console = console
        self._fetching: Running | None = None
        self.environment = {
            "TERTULIA_EMBEDDINGS_DIR": str(home.path / "models" / "all-minilm-l6-v2"),
            "TERTULIA_NAMES_DIR": str(home.path / "models" / "en-core-web-md"),
        }
        """What the orchestrator is told; these two models may still be on their way."""

    @property
    def is_off(self) -> bool:
        return self._settings.local_model == OFF

    async def fetch(self, port: int, key_file: Path) -> Plan | None:
        """Has the models on disk; gives the plan of the chat model's server, if there is a chat model.

        Raises LocalError for a model that does not exist.
        """
        found = await self._fetch()
        for warning in found["warnings"]:
            self._console.say(f"  {warning}")
        chat = found["chat"]
        if chat is None:
            return None
        self.environment |= {
            "TERTULIA_LOCAL_MODEL_URL": f"http://{LOOPBACK}:{port}",
            "TERTULIA_LOCAL_MODEL_NAME": chat["name"],
            "TERTULIA_LOCAL_MODEL_CONTEXT": str(chat["context"]),
            "TERTULIA_LOCAL_MODEL_KEY_FILE": str(key_file),
        }
        return self._plan(chat, port, key_file)

    async def stop(self) -> None:
        """Breaks off what is being fetched; the next start goes on from there."""
        if self._fetching is not None:
            await self._fetching.stop(signal.SIGTERM, within=2.0)

    def _plan(self, chat: dict[str, Any], port: int, key_file: Path) -> Plan:
        log = self._home.log("model")
        server = ChatModel(Path(chat["path"]), chat["name"], chat["context"], port, key_file, self._home.path)

        async def launch() -> Running:
            return Running.child(self._household.start(server.command(), log))

        async def is_ready() -> bool:
            return await status(port, "/health") == HTTPStatus.OK

        return Plan("model", log, launch, is_ready, start_within=LOAD_WITHIN_S)

    async def _fetch(self) -> dict[str, Any]:
        log = self._home.log("models")
        argv = interpreter.argv("tertulia.local.fetch_models", self._home.path, self._settings.local_model)
        # It may need whatever pip and the network are told by the environment.
        environ = interpreter.environment(self._settings.environ, self._home.path)
        read, write = os.pipe()
        with os.fdopen(read, "rb") as output:
            try:
                process = self._household.start(Command(argv, environ), log, output=write)
            finally:
                os.close(write)
            self._fetching = Running.child(process)
            said = await self._listen(output)
        how = await self._fetching.wait()
        self._household.forget(process.pid)
        if "chat" not in said:
            raise LocalError(said.get("error") or f"fetching the models {how}: {logfiles.last_words(log)} (see {log})")
        return said

    async def _listen(self, output: Any) -> dict[str, Any]:
        """Shows the progress; returns the last thing that was said."""
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), output
        )
        said: dict[str, Any] = {}
        try:
            while line := await reader.readline():
                said = json.loads(line)
                if "fetching" in said:
                    self._console.fetching(said["fetching"], said["have"], said["all"])
        finally:
            transport.close()
        return said
