"""Judges a run by its three books alone, after healing and draining; each finding names its invariant and the turn.

I1 an acknowledged message is there, once. I2 one effect a request. I4 the stream by sequence is a prefix of what the
provider emitted (or, behind a ``reset-step``, a fresh one): no gap, no repeat, one end, stored as it was streamed.
I5 no byte of anybody else's. I9 failures are honest: typed, with a request id, within their deadline.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tertulia.platform.sequence_log import NUMBERS_AN_EPOCH
from tests.faults.books import STORED_POSITIONS, TERMINAL, Attempt, Books, Emission, Generated, Kept, Part, Turn

DEADLINE_S = 30.0
GRACE_S = 1.0
STATUS_OF_END = {"finish": "finished", "abort": "stopped", "error": "failed"}


@dataclass(frozen=True)
class Allowed:
    """What a row's fault excuses. ``door_down``: the public door itself was away, so connections may be refused.

    ``failures``: a turn may end with a typed error.
    """

    door_down: bool = False
    failures: bool = False


NOTHING = Allowed()


def violations(books: Books, allowed: Allowed = NOTHING) -> list[str]:
    """What is wrong, a line each; nothing when all invariants hold."""
    emissions: dict[str, list[Emission]] = defaultdict(list)
    for emission in books.emissions:
        emissions[emission.question].append(emission)
    kept = defaultdict(list)
    for message in books.kept:
        kept[message.conversation].append(message)
    generated = {one.id: one for one in books.generated}
    found = []
    for turn in books.turns:
        name = turn.text.partition(" ")[0]
        answers = [m for m in kept[turn.conversation] if m.parent == turn.question and m.role == "assistant"]
        problems = [
            *stored_once(turn, kept[turn.conversation], answers),
            *one_effect(answers, generated),
            *stream(turn, emissions[turn.text], answers, allowed),
            *(problem for attempt in turn.attempts for problem in honest(attempt, allowed)),
        ]
        found += [f"{problem} [{name}]" for problem in problems]
    return found


def stored_once(turn: Turn, conversation: Sequence[Kept], answers: Sequence[Kept]) -> Iterator[str]:
    """I1, and that the answer has exactly one end."""
    copies = sum(message.id == turn.question for message in conversation)
    if copies > 1 or (turn.acknowledged and copies != 1):
        yield f"I1 an acknowledged question is stored {copies} times"
    if turn.acknowledged and len(answers) != 1:
        yield f"I1 a question has {len(answers)} answers"
    for answer in answers:
        if answer.status == "generating":
            yield "I8 an answer never ended"


def one_effect(answers: Sequence[Kept], generated: dict[str, Generated]) -> Iterator[str]:
    """I2: one generation, ended once and told once, and the same in both databases."""
    for answer in answers:
        one = generated.get(answer.generation or "")
        if one is None:
            if answer.status != "failed":
                yield "I3 an answer without a generation"
        elif one.told != 1:
            yield f"I2 the end of a generation was told {one.told} times"
        elif (one.status, one.text) != (answer.status, answer.text):
            yield f"I3 chat has {answer.status}, the orchestrator {one.status}, or another text"


def stream(turn: Turn, emissions: Sequence[Emission], answers: Sequence[Kept], allowed: Allowed) -> Iterator[str]:
    """I4 and I5."""
    yield from in_sequence(turn.parts)
    yield from own_words(turn, emissions)
    if turn.acknowledged is None:
        return
    ends = sum(part.kind in TERMINAL for part in turn.parts)
    if ends != 1 or turn.end is None:
        yield f"I4 a stream with {ends} ends, the last part {turn.parts[-1].kind if turn.parts else None}"
        return
    if turn.end == "error" and not allowed.failures:
        yield f"I4 an answer failed: {turn.parts[-1].body.get('code')}"
    if turn.end == "finish" and not any(turn.said == emission.whole for emission in emissions):
        yield f"I4 a finished answer of {len(turn.said)} characters is none that the provider gave"
    for answer in answers:
        if answer.status != STATUS_OF_END[turn.end]:
            yield f"I4 streamed to {turn.end}, stored as {answer.status}"
        if answer.text != turn.said:
            yield f"I4 stored {len(answer.text)} characters, streamed {len(turn.said)}"


def in_sequence(parts: Sequence[Part]) -> Iterator[str]:
    """Each number once and in order; only a ``reset-step`` may go back to the start, over to what is stored, or over to
    the numbers of a worker who found nothing of what was said.
    """
    last, anew = 0, True
    for part in parts:
        if part.sequence is None:
            if part.kind == "reset-step":
                last, anew = 0, True
            continue
        fits = part.sequence == last + 1
        stored = part.sequence == STORED_POSITIONS + 1 and (anew or part.kind == "reset-step")
        other = part.kind == "reset-step" and part.sequence > last and part.sequence % NUMBERS_AN_EPOCH == 1
        if not fits and not stored and not other:
            yield f"I4 {part.sequence} after {last}: a {'repeat' if part.sequence <= last else 'gap'}"
        last, anew = part.sequence, False


def own_words(turn: Turn, emissions: Sequence[Emission]) -> Iterator[str]:
    """At every moment the text on the screen is the beginning of something that was emitted for this question."""
    said = ""
    for part in turn.parts:
        if part.kind == "reset-step":
            said = ""
        elif part.kind == "text-delta":
            said += part.body["delta"]
            if not any(emission.whole.startswith(said) for emission in emissions):
                yield f"I5 {len(said)} characters were shown that the provider did not emit for this question"
                return


def honest(attempt: Attempt, allowed: Allowed) -> Iterator[str]:
    """I9 for one exchange."""
    where = f"I9 {attempt.what}"
    if attempt.silent:
        yield f"{where}: nothing came for {attempt.longest_silence:.0f} s"
    if attempt.status is None:
        if not allowed.door_down:
            yield f"{where}: no answer ({attempt.broke})"
        return
    if attempt.seconds > DEADLINE_S + GRACE_S:
        yield f"{where}: {attempt.status} after {attempt.seconds:.1f} s"
    if attempt.status >= 400:
        problem = attempt.problem
        if attempt.status == 500 or "problem+json" not in attempt.kind or not problem.get("code"):
            yield f"{where}: {attempt.status} {attempt.kind} {problem.get('code')}"
        if not attempt.request_id:
            yield f"{where}: {attempt.status} without a request id"
        if "Traceback" in attempt.body:
            yield f"{where}: a stack trace"
    elif attempt.broke == "unfinished":
        yield f"{where}: {attempt.status} that ended well and said nothing of its end"


def refusals(turns: Sequence[Turn]) -> Counter[str]:
    """How exchanges ended that were no answers, for the figures."""
    told: Counter[str] = Counter()
    for turn in turns:
        for attempt in turn.attempts:
            if attempt.status is None:
                told["cut"] += 1
            elif attempt.status >= 400:
                told[str(attempt.status)] += 1
    return told
