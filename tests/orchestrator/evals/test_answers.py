"""How answers are judged and summed up, and that a stream which is cut anywhere gives back what was taken out."""

import random

import pytest

from tertulia.orchestrator.evals.answers import AnswerJudged, answer_measures, judge_answer
from tertulia.orchestrator.evals.cases import Case
from tertulia.orchestrator.evals.streamed_answers import read_in_pieces, said_again
from tertulia.orchestrator.groundedness.claims import Claim

TOLD, UNTOLD = Case("Where?", facts=("Zebra", "hall")), Case("What?")
BORNE_OUT, INVENTED = Claim("It is so."), Claim("It is 7.", "numbers")


@pytest.mark.parametrize(
    ("case", "answer", "claims", "right"),
    [
        (TOLD, "Behind the zebra in the hall.", [BORNE_OUT], True),
        (TOLD, "Behind the zebra.", [BORNE_OUT], False),
        (TOLD, "The zebra in the hall, 7 of them.", [BORNE_OUT, INVENTED], False),
        (TOLD, "The documents do not tell.", [], False),
        (UNTOLD, "The documents do not tell.", [], True),
        (UNTOLD, "It is so.", [BORNE_OUT], False),
        (Case("Where?", documents=("a",)), "It is so.", [BORNE_OUT], True),
    ],
)
def test_an_answer_is_right_when_it_holds_all_facts_and_invents_none(
    case: Case, answer: str, claims: list[Claim], right: bool
) -> None:
    """And when it refuses where the documents do not tell."""
    assert judge_answer(case, answer, claims).right is right


def test_a_failure_counts_as_that_alone() -> None:
    """It has no facts and no sentences to be measured by."""
    judged = [
        AnswerJudged(told=True, failed="provider_rejected"),
        AnswerJudged(told=True, held=0.5, grounded=1.0),
        AnswerJudged(told=False, refused=True),
    ]
    assert not judged[0].right
    assert answer_measures(judged) == {
        "facts in answers": 0.5,
        "groundedness": 1.0,
        "answers rightly refused": 1.0,
        "answers wrongly refused": 0.0,
        "answers failed": pytest.approx(1 / 3),
    }
    assert answer_measures([]) == {}


def test_a_stream_in_any_pieces_comes_back_whole() -> None:
    """Also in the middle of a character, of a line and of a placeholder; one that nobody knows stays."""
    values = {"[EMAIL_1]": "josé@example.org", "[PERSON_12]": "Zoë"}
    for seed in range(200):
        draw = random.Random(seed)
        said, wanted = said_again("Ask [PERSON_12] (“é”), [EMAIL_1] or [EMAIL_2].", values, draw)
        assert "".join(read_in_pieces(said, values, draw)) == wanted
        assert "Zoë" in wanted
        assert "[EMAIL_2]" in wanted
