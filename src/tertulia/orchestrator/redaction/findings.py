"""What was found in a text that is kept: a passage of a document is looked through once, when it comes in, and not for
every question that it is told to.

Findings say where something of which kind is, whatever a workspace's policy, and hold no value. They count only for the
very text, and only as long as the same rules and the same model of names would look through it: their mark is of all
three, so that a new release or another model has its own findings.
"""

from functools import cache
from hashlib import blake2b
from pathlib import Path

import msgspec

from tertulia.orchestrator.redaction.patterns import Found


class Findings(msgspec.Struct, frozen=True):
    """In order and without overlaps."""

    mark: str
    found: list[Found]


def mark(text: str, model: str) -> str:
    """``model`` names the one that looks for names."""
    key = blake2b(_rules() + model.encode(), digest_size=32).digest()
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12, key=key).hexdigest()


def written(findings: Findings) -> str:
    return msgspec.json.encode(findings).decode()


def read(stored: str | None) -> Findings | None:
    """None where there are none, or a release wrote them whose form is not known."""
    try:
        return None if stored is None else msgspec.json.decode(stored, type=Findings)
    except msgspec.DecodeError:
        return None


@cache
def _rules() -> bytes:
    """A digest of what looks: this package's code and lists of words."""
    package = Path(__file__).parent
    files = sorted(path for path in package.rglob("*") if path.suffix in {".py", ".txt"})
    return blake2b(b"".join(path.read_bytes() for path in files), digest_size=16).digest()
