"""How quickly documents are read, and in how much memory: ``python -m bench.ingestion [--passages N] [--longest]``.

Over the whole stack, from the first byte of the upload to the document that can be asked: stored, given as a job, read
and cut by a process of its own, embedded, looked through for personal data, exchanged. Nothing is redacted on this way:
a workspace's documents are kept as they are, and their passages are redacted before a model is told them.

Then the memory, while a file of 1 MB is read and while one of 50 MB is. A PDF of so much is mostly pictures; a text of
so much is refused for its length, when it has been read that far. ``--longest`` reads the longest text that is taken.
"""

import argparse
import io
import json
import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx2
import psutil
from fpdf import FPDF
from PIL import Image

from bench import figures, targets
from bench.targets import Target

_MB = 1024 * 1024
_PATIENCE = 1800.0
_LOOK_SECONDS = 0.05
_SHAPE = 340
"""Width and height of a picture of noise: some 100 kB."""

_PASSAGE = 880
_LONGEST = 19 * 1000 * 1000
_LARGE_PDF = 47 * _MB
"""Pictures alone: with its text it is nearly the largest file that is taken."""

_WORDS = (
    "the of and a in to is was for on as with by at from that larch river house timber painted keeper window ledger "
    "harbour mast weather morning repair invoice cellar boiler copper valve pressure garden orchard council minutes "
    "budget vote member bridge traffic permit survey chalk limestone quarry engine bearing grease shaft voyage cargo "
    "customs season yield barley wheat market price contract clause notice tenant lease deposit insurance claim doctor "
    "ward patient dose schedule teacher lesson reading figure table measure sample laboratory result theory"
)


class Reader:
    """Somebody with a knowledge base of theirs."""

    def __init__(self, target: Target) -> None:
        headers = {"authorization": f"Bearer {target.token}"}
        self._client = httpx2.Client(base_url=target.public, headers=headers, timeout=_PATIENCE)
        made = self._client.post("/api/knowledge-bases", json={"name": "Bench"}).raise_for_status()
        self._path = f"/api/knowledge-bases/{made.json()['id']}/documents"

    def close(self) -> None:
        self._client.close()

    def read(self, name: str, content: bytes) -> dict[str, object]:
        """The document as it ends: ready, or failed with its reason."""
        added = self._client.post(self._path, files={"file": (name, content)}).raise_for_status().json()["id"]
        return next(one for one in self._told() if one["id"] == added and one["status"] in ("ready", "failed"))

    def _told(self) -> Iterator[dict[str, object]]:
        """Each change of a document; the stream ends after some minutes, and begins again."""
        while True:
            with self._client.stream("GET", f"{self._path}/events") as events:
                yield from (json.loads(line[6:]) for line in events.iter_lines() if line.startswith("data: "))


class Memory:
    """The most that processes held while it looked, in bytes: proportional set sizes, a file's reader among them."""

    def __init__(self, root: int) -> None:
        self._root = psutil.Process(root)
        self.most: dict[str, int] = {}

    @contextmanager
    def watched(self) -> Iterator[None]:
        self.most = {}
        ended = threading.Event()
        watching = threading.Thread(target=self._watch, args=(ended,))
        watching.start()
        try:
            yield
        finally:
            ended.set()
            watching.join()

    def _watch(self, ended: threading.Event) -> None:
        while not ended.wait(_LOOK_SECONDS):
            for process in self._root.children(recursive=True):
                try:
                    if kind := _kind(process.cmdline()):
                        self.most[kind] = max(self.most.get(kind, 0), process.memory_full_info().pss)
                except psutil.NoSuchProcess:
                    continue


def _kind(words: list[str]) -> str | None:
    if words and "tertulia: orchestrator" in words[0]:
        return "orchestrator"
    return "reader" if "tertulia.orchestrator.knowledge.reader" in words else None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ingestion", description="Measure the reading of documents")
    parser.add_argument("--passages", type=int, default=2000)
    parser.add_argument("--longest", action="store_true", help="also the longest text that is taken: some minutes")
    asked = parser.parse_args()
    with targets.provider() as provider, targets.tertulia(provider) as tertulia:
        reader = Reader(tertulia)
        _read(reader, "warm.md", _text(200 * _PASSAGE))
        _measure_speed(reader, tertulia, asked.passages)
        _measure_memory(reader, tertulia, longest=asked.longest)
        reader.close()


def _measure_speed(reader: Reader, target: Target, passages: int) -> None:
    content = _text(passages * _PASSAGE)
    before = figures.cpu_by_name(target.pids)
    seconds, document = _read(reader, "speed.md", content)
    used = figures.since(before, figures.cpu_by_name(target.pids))
    chunks = int(str(document["chunks"]))
    print(f"{chunks} passages in {seconds:.1f} s: {chunks / seconds:.1f} a second")
    for name, cpu in sorted(used.items(), key=lambda one: -one[1])[:4]:
        print(f"  {name}: {cpu / chunks * 1e3:.2f} ms of CPU a passage")


def _measure_memory(reader: Reader, target: Target, *, longest: bool) -> None:
    memory = Memory(target.pids[0])
    print("| file | ends as | passages | seconds | orchestrator, MB | its reader, MB |\n|---|---|--:|--:|--:|--:|")
    files = {
        "small.pdf": _pdf(_MB),
        "large.pdf": _pdf(_LARGE_PDF),
        "small.txt": _text(_MB),
        "large.txt": _text(50 * _MB),
    }
    if longest:
        files["longest.txt"] = _text(_LONGEST)
    for name, content in files.items():
        with memory.watched():
            seconds, document = _read(reader, name, content)
        error = document["error"]
        ends = error["code"] if isinstance(error, Mapping) else document["status"]
        most = " | ".join(f"{memory.most.get(kind, 0) / _MB:.0f}" for kind in ("orchestrator", "reader"))
        print(
            f"| {name}, {len(content) / _MB:.1f} MB | {ends} | {document['chunks']} | {seconds:.0f} | {most} |",
            flush=True,
        )


def _read(reader: Reader, name: str, content: bytes) -> tuple[float, dict[str, object]]:
    began = time.perf_counter()
    document = reader.read(name, content)
    return time.perf_counter() - began, document


def _text(size: int) -> bytes:
    """Paragraphs of words drawn from one seed, each about a passage long."""
    drawn, words = random.Random(size), _WORDS.split()
    length, paragraphs = 0, list[str]()
    while length < size:
        text = " ".join(drawn.choices(words, k=_PASSAGE // 5))[: _PASSAGE - 1]
        paragraphs.append(text.capitalize() + ".")
        length += _PASSAGE + 2
    return "\n\n".join(paragraphs)[:size].encode()


def _pdf(size: int) -> bytes:
    """Pages of text with a picture each, as many as make the size."""
    drawn, words = random.Random(size), _WORDS.split()
    made = FPDF()
    made.set_font("Helvetica", size=10)
    length = 0
    while length < size:
        made.add_page()
        made.multi_cell(0, text=" ".join(drawn.choices(words, k=300)).capitalize() + ".")
        out = io.BytesIO()
        Image.frombytes("RGB", (_SHAPE, _SHAPE), drawn.randbytes(3 * _SHAPE * _SHAPE)).save(out, "JPEG", quality=75)
        made.image(out, w=100)
        length += out.tell()
    return bytes(made.output())


if __name__ == "__main__":
    main()
