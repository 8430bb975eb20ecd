"""What of an answer its passages bear out. The embedding model is a small graph that tells no words apart but six."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.evals.groundedness.evaluation import precision
from tertulia.orchestrator.evals.groundedness.labelled import prose
from tertulia.orchestrator.evals.synthetic.answers import GROUNDED, UNGROUNDED, answers
from tertulia.orchestrator.groundedness.claims import Claim, Evidence, claims, groundedness
from tertulia.orchestrator.groundedness.reading import part, sentences
from tests.orchestrator.test_embeddings import model_folder

__all__ = ["model_folder"]

PASSAGES = [
    Evidence("It costs 41 euros. Visitors may not bring a dog. The shop closes in winter.", "Orvel 340, data sheet"),
    Evidence("The Orvel 350 costs 97 euros. Ada Lumvik led its development in 1,200 hours.", "Orvel 350, data sheet"),
]


@pytest.fixture
async def embedder(model_folder: Path) -> AsyncIterator[LocalEmbedder]:
    async with LocalEmbedder(model_folder) as embedder:
        yield embedder


@pytest.mark.parametrize(
    "answer",
    [
        "It costs 41 euros.",
        "The Orvel 340 costs 41 euros.",
        "The Orvel 350 costs 97 euros. [2]",
        "Ada Lumvik led the development in 1200 hours.",
        "Visitors can't bring a dog.",
        "- The shop closes in winter\n- The Orvel 350 costs 97 euros",
    ],
)
async def test_what_passages_say_is_borne_out(embedder: LocalEmbedder, answer: str) -> None:
    """In other forms of numbers and negations too; a sheet's heading names what its sentences are about."""
    judged = await claims(embedder, "What does it cost?", PASSAGES, answer)
    assert groundedness(judged) == 1
    assert judged


@pytest.mark.parametrize(
    ("passage", "answer", "lacks"),
    [
        ("It costs 41 euros.", "It costs 43 euros.", "numbers"),
        ("It costs 41 euros.", "The Orvel 340 costs 41 euros.", "names"),
        ("Ada Lumvik led the work.", "The work was led by Ada Quenra.", "names"),
        ("Visitors may not bring a dog.", "Visitors may bring a dog.", "negation"),
        ("Visitors may bring a dog.", "Visitors may never bring a dog.", "negation"),
        ("The shop closes in winter.", "The shop closes in summer.", "words"),
        ("It is answered within seven days.", "It is answered within 7 weeks.", "words"),
    ],
)
async def test_what_they_do_not_say_is_not(embedder: LocalEmbedder, passage: str, answer: str, lacks: str) -> None:
    """Another number, name, negation, or one of several words that exclude each other: each tells what it lacks."""
    (judged,) = await claims(embedder, "?", [Evidence(passage)], answer)
    assert judged.lacks == lacks


async def test_what_is_cited_alone_must_bear_it_out(embedder: LocalEmbedder) -> None:
    """And the value of a sibling is not its own."""
    sibling, cited = "The Orvel 340 costs 97 euros.", "The Orvel 350 costs 97 euros. [1]"
    judged = await claims(embedder, "What does it cost?", PASSAGES, f"{sibling} {cited}")
    assert [one.borne_out for one in judged] == [False, False]


async def test_words_must_be_told(embedder: LocalEmbedder) -> None:
    """What is said beside what is told is found."""
    passages = [Evidence("hello world river")]
    told, added = await claims(embedder, "?", passages, "The river says hello world. The stone is water again.")
    assert (told.borne_out, added.lacks) == (True, "words")


async def test_an_addition_behind_what_is_told_is_found(embedder: LocalEmbedder) -> None:
    """Each clause is looked for by itself."""
    passages = [Evidence("hello world river")]
    (judged,) = await claims(embedder, "?", passages, "hello world river, and stone water again.")
    assert judged.lacks == "words"


async def test_that_the_documents_do_not_tell_is_no_claim(embedder: LocalEmbedder) -> None:
    """Nor is what says nothing: an answer without claims is grounded."""
    judged = await claims(embedder, "?", PASSAGES, "The documents do not tell. So it is.")
    assert judged == []
    assert groundedness(judged) == 1


async def test_without_passages_nothing_is_borne_out(embedder: LocalEmbedder) -> None:
    """A citation of a passage that there is not counts for nothing."""
    (judged,) = await claims(embedder, "?", [], "It costs 41 euros. [7]")
    assert not judged.borne_out


def test_groundedness_is_the_share_of_sentences() -> None:
    """And precision the share of the sentences that are rightly held against answers."""
    assert groundedness([Claim("a"), Claim("b", "words")]) == 0.5
    assert precision([True, False], [True, False, False]) == 0.5
    assert precision([], []) == 1


def test_sentences_keep_the_citations_behind_their_full_stop() -> None:
    """Marks of Markdown are gone; a decimal point ends nothing."""
    read = list(sentences("# Price\n- **It** weighs 4.5 kg [1]. It is red. [2][3]\nSo says Dr Maar."))
    assert [(one.text, one.cited) for one in read] == [
        ("Price", ()),
        ("It weighs 4.5 kg.", (1,)),
        ("It is red.", (2, 3)),
        ("So says Dr Maar.", ()),
    ]


def test_a_number_behind_a_name_belongs_to_it() -> None:
    """Others are read in one form; codes are numbers, and a first word is a name only where something says so."""
    read = part("Sheets of the Orvel 340 say twelve, 1,200.0 and BM-7245.")
    assert read.names == {"orvel", "340"}
    assert read.numbers == {"12", "1200", "bm-7245"}
    assert not part("Lumburg is far.").names
    assert part("Lumburg is far.", frozenset({"lumburg"})).names == {"lumburg"}


@pytest.mark.parametrize("text", ["", "   ", "[1]", "...", "\u4f60\u597d\u3002", "a" * 10_000, "1.", "- ", "%"])
async def test_odd_answers_raise_nothing(embedder: LocalEmbedder, text: str) -> None:
    """Whatever a model says."""
    assert 0 <= groundedness(await claims(embedder, text, [Evidence(text, text)], text)) <= 1


def test_labelled_halves_share_no_sentence() -> None:
    """What is reported was tuned on nothing of; each sort is there in both."""
    halves = [
        {(one.text, one.sort) for made in answers(3, tuned_on=half) for one in made.sentences} for half in (True, False)
    ]
    assert not halves[0] & halves[1]
    assert all({sort for _, sort in half} == {*GROUNDED, *UNGROUNDED} for half in halves)
    told, held_out = prose(tuned_on=True), prose(tuned_on=False)
    assert not {one.passage for one in told} & {one.passage for one in held_out}
    assert all({borne_out for _, borne_out in one.said} == {True, False} for one in (*told, *held_out))


def test_labels_of_made_answers_hold_of_their_passages() -> None:
    """What is said in the same words stands there; nothing of what is not borne out does."""
    for made in answers(4, tuned_on=True):
        text = " ".join(passage.text for passage in made.passages)
        for one in made.sentences:
            if one.sort == "same words":
                assert one.text in text
            if one.sort in UNGROUNDED:
                assert one.text not in text
