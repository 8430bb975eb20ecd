"""Questions about documents as a whole: known by their words, answered from passages from all over them."""

import pytest

from tertulia.contracts.stream import SourceDocument
from tertulia.orchestrator.knowledge.whole import asks_of_the_whole
from tests.orchestrator.conftest import text_of
from tests.orchestrator.keeper import Keeper


@pytest.mark.parametrize(
    "question",
    [
        "Summarise this document.",
        "summarize the attached PDF in 5 bullet points, please",
        "Can you give me a short summary?",
        "TL;DR",
        "What is this about?",
        "What are these documents about?",
        "What is in this file?",
        "List the main points.",
        "Fasse das Dokument kurz zusammen.",
        "Worum geht es in diesem Dokument?",
        "De quoi parle ce document ?",
        "Resume este documento, por favor.",
    ],
)
def test_what_asks_for_the_whole_is_known(question: str) -> None:
    """However politely, in the four languages."""
    assert asks_of_the_whole(question)


@pytest.mark.parametrize(
    "question",
    [
        "",
        "Summarise the rules for trains.",
        "What is said about meals?",
        "Tell me about Zurich.",
        "What is the boiler?",
        "How long is the file?",
        "Summarise " + "this " * 60,
    ],
)
def test_what_asks_for_something_in_them_is_searched_with(question: str) -> None:
    """One word about a matter is enough; nothing is told from a long text's first words."""
    assert not asks_of_the_whole(question)


async def test_passages_from_all_over_are_given_in_their_order(keeper: Keeper) -> None:
    """From the first on at equal distances; all of a short document; none where there is none."""
    long, short, empty = await keeper.base(), await keeper.base(), await keeper.base()
    told = "\n\n".join(f"# Room {number}\n\nThe lamp of room {number} is green." for number in range(20))
    await keeper.settled(long, await keeper.upload(long, told.encode(), "rooms.md"))
    await keeper.settled(short, await keeper.upload(short, b"Cats sleep in the linen cupboard.", "cats.txt"))
    headings = [one["heading"] for one in await keeper.find(long, "Summarise this document.")]
    assert headings[0] == "Room 0"
    assert len(headings) == len(set(headings)) < 20
    assert headings == sorted(headings, key=lambda heading: int(heading.split()[1]))
    assert int(headings[-1].split()[1]) >= 16
    assert [one["text"] for one in await keeper.find(short, "TL;DR")] == ["Cats sleep in the linen cupboard."]
    assert await keeper.find(empty, "What is it about?") == []


async def test_a_short_document_is_told_beside_a_long_one(keeper: Keeper) -> None:
    """Each has its share, however many passages another has."""
    base = await keeper.base()
    told = "\n\n".join(f"# Room {number}\n\nThe lamp of room {number} is green." for number in range(40))
    await keeper.settled(base, await keeper.upload(base, told.encode(), "rooms.md"))
    await keeper.settled(base, await keeper.upload(base, b"Cats sleep in the linen cupboard.", "cats.txt"))
    names = [one["document_name"] for one in await keeper.find(base, "Summarise these documents.")]
    assert names == sorted(names, reverse=True)
    assert {"rooms.md", "cats.txt"} == set(names)


async def test_a_summary_is_asked_of_the_model_with_its_sources(keeper: Keeper) -> None:
    """In place of the word that the documents do not tell."""
    base = await keeper.base()
    await keeper.settled(base, await keeper.upload(base, b"Cats sleep in the linen cupboard.", "cats.txt"))
    parts = await (await keeper.ask("Summarise this file.", base)).parts()
    assert [part.filename for part in parts if isinstance(part, SourceDocument)] == ["cats.txt"]
    assert not text_of(parts).startswith("The documents do not tell.")
