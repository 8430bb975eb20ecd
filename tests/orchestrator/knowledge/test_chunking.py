"""Passages: whole blocks together, never across a heading or a page, and nothing lost."""

from collections.abc import Iterator
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from tertulia.orchestrator.knowledge.blocks import Block
from tertulia.orchestrator.knowledge.chunking import TARGET, Passage, chunk


def test_short_blocks_go_together_under_one_heading() -> None:
    """A new heading or page begins a new passage."""
    blocks = [Block("One.", "A"), Block("Two.", "A"), Block("Three.", "B"), Block("Four.", "B", 2)]
    assert list(chunk(blocks)) == [
        Passage("One.\nTwo.", "A", None),
        Passage("Three.", "B", None),
        Passage("Four.", "B", 2),
    ]


def test_a_long_block_is_cut_between_sentences() -> None:
    """As near to the target as a sentence's end allows."""
    sentence = "This sentence has exactly fifty characters, or so. "
    passages = list(chunk([Block(sentence * 60)]))
    assert len(passages) > 2
    assert all(passage.text.endswith(".") for passage in passages)


@given(
    st.lists(st.builds(Block, st.text(max_size=3000), st.sampled_from([None, "A", "B"]), st.sampled_from([None, 1])))
)
def test_no_word_is_lost_and_no_passage_is_too_long(blocks: list[Block]) -> None:
    """Whatever was read: every letter is in a passage, in order, and passages are bounded."""
    passages = list(chunk(blocks))
    assert all(0 < len(passage.text) <= TARGET + 1 for passage in passages)
    assert "".join(_letters(passage.text) for passage in passages) == "".join(_meant(blocks))


def _letters(text: str) -> str:
    return "".join(text.replace("\0", "").encode("utf-8", "ignore").decode().split())


def _meant(blocks: list[Block]) -> Iterator[str]:
    """What stands under a heading, or the heading where nothing does."""
    for (heading, _), together in groupby(blocks, lambda block: (block.heading, block.page)):
        yield "".join(_letters(block.text) for block in together) or heading or ""


def test_a_heading_with_nothing_beneath_it_is_not_lost() -> None:
    """It begins the passage that follows, or is one of its own at the end."""
    blocks = [
        Block("", "Leave"),
        Block("", "Carry-over"),
        Block("Up to five days.", "Carry-over"),
        Block("", "The end"),
    ]
    assert list(chunk(blocks)) == [
        Passage("Leave\nUp to five days.", "Carry-over", None),
        Passage("The end", None, None),
    ]


def test_the_same_passage_is_known_again() -> None:
    """By its text with its heading, wherever it stands."""
    one, other = Passage("Text.", "A", 1), Passage("Text.", "A", 7)
    assert one.digest == other.digest != Passage("Text.", "B", 1).digest
