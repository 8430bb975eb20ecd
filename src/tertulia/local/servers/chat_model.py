"""The local chat model's server: a process of ours (``local.model_server``) behind a key of its own."""

import http.client
import signal
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from tertulia.local import interpreter
from tertulia.local.servers.command import Command, bare_environment

SLOWER_BY = 5
"""Niceness: while it computes, the services and servers of a small machine still answer at once."""

_PATIENCE_S = 0.5


@dataclass
class ChatModel:
    """``file`` is the model's, ``context`` its window in tokens; ``home`` keeps its bytecode."""

    file: Path
    model: str
    context: int
    port: int
    key_file: Path
    home: Path
    name: str = "model"
    stop_signal: signal.Signals = signal.SIGTERM

    def prepare(self) -> None:
        """Nothing of it lies on disk but the model."""

    def command(self) -> Command:
        options = {"model": self.file, "name": self.model, "port": self.port, "context": self.context}
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        argv = interpreter.argv("tertulia.local.model_server", "--key-file", self.key_file, *arguments)
        environ = interpreter.environment(bare_environment(), self.home)
        return Command(("nice", "-n", str(SLOWER_BY), *argv), environ)

    def is_ready(self) -> bool:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_S)) as connection:
                connection.request("GET", "/health")
                return connection.getresponse().status == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
