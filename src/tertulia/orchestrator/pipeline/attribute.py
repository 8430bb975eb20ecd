"""Step ``attribute``: where an answer cites none of its passages, finds those that bear out what it says.

Small models seldom cite. The reader, who has the whole text by then, is told of such passages once more, now with the
sentences that each bears out; a sentence that none bears out has none.
"""

import re

import msgspec

from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.groundedness.claims import Evidence, claims
from tertulia.orchestrator.pipeline.turn import Turn
from tertulia.orchestrator.repository.chunks import Found

CITATION = re.compile(r"\[(\d{1,2}(?:, ?\d{1,2})*)\]")
"""As the page reads them."""

_LONGEST = 6000
"""Characters of an answer that are looked at."""


class Attribute:
    def __init__(self, embedder: LocalEmbedder | None) -> None:
        self._embedder = embedder

    def wanted(self, turn: Turn) -> bool:
        """Whether it cites none of the passages that it was given, and there is a judge."""
        cited = {int(number) for some in CITATION.findall(turn.text) for number in some.split(",")}
        cites_none = bool(turn.text and turn.sources) and not any(one.number in cited for one in turn.sources)
        return cites_none and self._embedder is not None

    async def __call__(self, turn: Turn) -> None:
        """Raises: Overloaded."""
        assert self._embedder is not None  # noqa: S101 - it is not ``wanted`` without
        evidence = [evidence_of(one) for one in turn.passages or ()]
        judged = await claims(self._embedder, turn.question, evidence, turn.text[:_LONGEST])
        borne_out = {
            source.number: tuple(claim.text for claim in judged if source.number in claim.passages)
            for source in turn.sources
        }
        turn.sources = [msgspec.structs.replace(one, bears_out=borne_out[one.number]) for one in turn.sources]
        turn.audience.cite([one for one in turn.sources if one.bears_out])


def evidence_of(found: Found) -> Evidence:
    return Evidence(found.text, f"{found.document_name} {found.heading or ''}")
