"""The chat model's server, as it is started and looked at."""

import socket
from pathlib import Path

from tertulia.local import ports
from tertulia.local.servers.chat_model import ChatModel


def server(port: int, folder: Path) -> ChatModel:
    return ChatModel(folder / "model.gguf", "small", 2048, port, folder / "key", folder)


def test_its_key_is_named_and_never_on_the_command_line(tmp_path: Path) -> None:
    """Everybody on the machine may read a command line."""
    (tmp_path / "key").write_text("s3cret")
    argv = server(1, tmp_path).command().argv
    assert argv[:2] == ("nice", "-n")
    assert str(tmp_path / "key") in argv
    assert not any("s3cret" in one for one in argv)


def test_where_nobody_listens_or_answers_it_is_not_ready(tmp_path: Path) -> None:
    """Nor does asking take long."""
    assert not server(ports.any_free(), tmp_path).is_ready()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert not server(silent.getsockname()[1], tmp_path).is_ready()
