"""How much of what was decided and told early in a long conversation a model is still told at its end.

The notes are written by the local model, the smallest that there is a use for: a larger one keeps more.
"""

from statistics import fmean
from time import monotonic

from tertulia.orchestrator.evals.evaluation import Evaluation, Figure
from tertulia.orchestrator.evals.laboratory import ChatServer, Laboratory
from tertulia.orchestrator.evals.summary.assistant import assistant
from tertulia.orchestrator.evals.summary.talk import Conversation, PlantedKind, conversation

_TURNS = 500
_SEEDS = (1, 2)
_HELD = 0.4
"""What the smallest model reaches with something to spare: less is a change for the worse."""


async def _measure(laboratory: Laboratory) -> list[Figure]:
    assert laboratory.chat is not None  # noqa: S101 - it asks a model
    began = monotonic()
    held: dict[PlantedKind, list[bool]] = {"decision": [], "fact": []}
    for seed in _SEEDS:
        talk = conversation(seed, _TURNS)
        told = await _told(laboratory, laboratory.chat, talk)
        for one in talk.planted:
            held[one.kind].append(one.value.casefold() in told)
    minutes = (monotonic() - began) / 60
    return [
        Figure("held", fmean([*held["decision"], *held["fact"]]), _HELD),
        Figure("decisions held", fmean(held["decision"])),
        Figure("facts held", fmean(held["fact"])),
        Figure("a conversation takes", minutes / len(_SEEDS), less_is_better=True, unit="minutes"),
    ]


async def _told(laboratory: Laboratory, chat: ChatServer, talk: Conversation) -> str:
    """Asked after each turn, as people do; what the last question is told."""
    async with assistant(laboratory, chat) as asked:
        for turn in range(0, len(talk.messages), 2):
            texts = await asked.told(talk.messages[: turn + 1])
    return "\n".join(texts).casefold()


EVALUATION = Evaluation(
    "summary",
    f"conversations of {_TURNS} turns, notes by the local model: what was said early and is still in the prompt",
    _measure,
    asks_a_model=True,
)
