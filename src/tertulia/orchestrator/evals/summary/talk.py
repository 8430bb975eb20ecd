"""Makes a long conversation from a seed: decisions and facts early in it, and much about other things after them."""

from importlib.resources import files
from random import Random
from typing import Literal
from uuid import UUID

import msgspec

from tertulia.contracts.chat import WindowMessage
from tertulia.orchestrator.evals.synthetic.world import value

_EARLY = 60
"""All that is planted is said within so many turns."""

PlantedKind = Literal["decision", "fact"]


class _Planted(msgspec.Struct, frozen=True):
    kind: PlantedKind
    value: str
    said: str


class _Talk(msgspec.Struct, frozen=True):
    replies: tuple[str, ...]
    topics: tuple[str, ...]
    asks: tuple[str, ...]
    advice: tuple[str, ...]


class _Words(msgspec.Struct, frozen=True):
    planted: tuple[_Planted, ...]
    talk: _Talk


class Planted(msgspec.Struct, frozen=True):
    """``value`` is what a prompt must still hold."""

    kind: PlantedKind
    value: str


class Conversation(msgspec.Struct, frozen=True):
    """``messages``: a question and its answer a turn."""

    messages: tuple[WindowMessage, ...]
    planted: tuple[Planted, ...]


def conversation(seed: int, turns: int) -> Conversation:
    """The same for a seed."""
    words = msgspec.toml.decode(files(__package__).joinpath("talk.toml").read_bytes(), type=_Words)
    random = Random(seed)  # noqa: S311 - the same again is what is wanted
    planted = [(one, value(random, one.value)) for one in random.sample(words.planted, len(words.planted))]
    places = dict(zip(sorted(random.sample(range(2, min(_EARLY, turns)), len(planted))), planted, strict=True))
    messages: list[WindowMessage] = []
    for turn in range(turns):
        if turn in places:
            one, told = places[turn]
            question, answer = one.said.format(value=told), random.choice(words.talk.replies)
        else:
            topic = random.choice(words.talk.topics)
            question = random.choice(words.talk.asks).format(topic=topic)
            answer = random.choice(words.talk.advice)
        messages.append(WindowMessage(_id(random), "user", question))
        messages.append(WindowMessage(_id(random), "assistant", answer))
    return Conversation(tuple(messages), tuple(Planted(one.kind, told) for one, told in planted))


def _id(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)
