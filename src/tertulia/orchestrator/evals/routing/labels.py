"""What two models answered to the questions of the set, and whether it was right: kept as they said it.

The small one is what Tertulia brings along, Qwen2.5-Coder 0.5B. No strong one can be reached from a test: the 1.5B of
the same kind stands for it, which is the harder case, since the better the strong one, the more the small one loses.
"""

from importlib.resources import files

import msgspec

from tertulia.orchestrator.evals.routing import held_out, tuned
from tertulia.orchestrator.evals.routing.tasks import Task, made


class Answered(msgspec.Struct, frozen=True):
    """Tokens as the provider counted them."""

    question: str
    answer: str
    prompt_tokens: int
    completion_tokens: int


class Labelled(msgspec.Struct, frozen=True):
    task: Task
    small: Answered
    strong: Answered

    @property
    def small_is_right(self) -> bool:
        return self.task.is_right(self.small.answer)

    @property
    def strong_is_right(self) -> bool:
        return self.task.is_right(self.strong.answer)


def tasks(*, tuned_on: bool) -> list[Task]:
    return [task for family in (tuned if tuned_on else held_out).FAMILIES for task in made(family)]


def labelled(*, tuned_on: bool) -> list[Labelled]:
    """One part of the set. Raises: KeyError for a question that the models were not asked."""
    small, strong = _answers("small"), _answers("strong")
    return [Labelled(task, small[task.question], strong[task.question]) for task in tasks(tuned_on=tuned_on)]


def _answers(which: str) -> dict[str, Answered]:
    lines = files(__package__).joinpath(f"answers_{which}.jsonl").read_bytes().splitlines()
    return {one.question: one for one in (msgspec.json.decode(line, type=Answered) for line in lines)}
