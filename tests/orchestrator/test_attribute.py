"""Where an answer cites none of its passages, the reader is told which of them bear out what it says."""

from pathlib import Path

import pytest

from tertulia.contracts.stream import SourceDocument, TextDelta, TextEnd
from tests.orchestrator.keeper import Keeper
from tests.orchestrator.test_embeddings import model_folder

__all__ = ["model_folder"]

QUESTION = "Where does the spare key of the zebra painting hang?"


@pytest.fixture
def settings_of_test(model_folder: Path) -> dict[str, str]:
    """The model that the judge reads with."""
    return {"TERTULIA_EMBEDDINGS_DIR": str(model_folder)}


async def test_an_answer_that_cites_nothing_is_attributed_by_evidence(keeper: Keeper) -> None:
    """Behind the text the reader is told which sentences a passage bears out, and the record keeps it; what no passage
    bears out has none.
    """
    base = await keeper.base()
    await keeper.settled(base, await keeper.upload(base, b"The spare key hangs behind the zebra painting.", "keys.txt"))
    told = "**The spare key** hangs behind the zebra painting."
    keeper.running.simulated.script(text=f"{told} It weighs 14 grams.")
    asked = await keeper.ask(QUESTION, base)
    parts = await asked.parts()
    first, again = [part for part in parts if isinstance(part, SourceDocument)]
    assert first.source_id == again.source_id
    borne_out = ["The spare key hangs behind the zebra painting."]
    assert "bears_out" not in first.provider_metadata["tertulia"]
    assert again.provider_metadata["tertulia"]["bears_out"] == borne_out
    kinds = [type(part) for part in parts]
    last_words = len(kinds) - 1 - kinds[::-1].index(TextDelta)
    assert last_words < parts.index(again) < kinds.index(TextEnd)
    (source,) = (await keeper.running.record(asked)).sources
    assert list(source.bears_out) == borne_out


@pytest.mark.parametrize(
    "answer", ["It hangs behind the zebra painting [1].", "It lies under 14 red bricks in Lisbon."]
)
async def test_no_evidence_is_told_of_what_is_cited_or_not_borne_out(keeper: Keeper, answer: str) -> None:
    """A model's own citations stand for themselves, and an invention has no source."""
    base = await keeper.base()
    await keeper.settled(base, await keeper.upload(base, b"The spare key hangs behind the zebra painting.", "keys.txt"))
    keeper.running.simulated.script(text=answer)
    asked = await keeper.ask(QUESTION, base)
    (given,) = [part for part in await asked.parts() if isinstance(part, SourceDocument)]
    assert "bears_out" not in given.provider_metadata["tertulia"]
    assert [one.bears_out for one in (await keeper.running.record(asked)).sources] == [()]
