"""Names are found by a model in a process of its own; where it is away the workspace's choice says what that means."""

import asyncio
import gc
import re
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from tertulia.local import models
from tertulia.orchestrator.redaction import NamesAway, NamesFinder, Redaction, restore
from tertulia.orchestrator.redaction.names.finder import trimmed
from tertulia.orchestrator.redaction.names.first_names import with_first_names
from tertulia.orchestrator.redaction.names.segments import LONGEST, worth_reading
from tertulia.orchestrator.redaction.patterns import Found, merged
from tertulia.orchestrator.redaction.people import People
from tertulia.orchestrator.redaction.policy import PrivacyPolicy


def redaction(policy: PrivacyPolicy, names: NamesFinder | None = None) -> Redaction:
    async def policies(_: UUID) -> PrivacyPolicy:
        return policy

    return Redaction(policies, names)


@pytest.mark.parametrize(
    "text",
    ["write a poem about spring", "Please explain this. Then show an example in Python.", "", "\n\n", "API: GET /v1"],
)
def test_a_text_without_names_costs_no_model(text: str) -> None:
    """Words that begin sentences, and products, are known here."""
    assert [segment for _, segment in worth_reading(text) if "GET" not in segment] == []


@pytest.mark.parametrize(
    ("segment", "found", "expected"),
    [
        ("Stig Jönsson called", [("ORGANISATION", 0, 12)], ["Stig Jönsson"]),
        ("please ask Guillaume Perrin", [("PERSON", 11, 20)], ["Guillaume Perrin"]),
        ("remove Anna van der Berg today", [], ["Anna van der Berg"]),
        ("the Thomas Street station", [], []),
        ("Hamilton Group Ltd", [("ORGANISATION", 0, 18)], []),
        ("see src/Anna/Notes and @Thomas", [], []),
    ],
)
def test_a_first_name_makes_a_person(segment: str, found: list[tuple[str, int, int]], expected: list[str]) -> None:
    """Where the model takes somebody for a company, sees half of a name, or nothing."""
    people = [segment[start:end] for kind, start, end in with_first_names(segment, found) if kind == "PERSON"]
    assert people == expected


async def test_somebody_is_known_in_small_letters_too() -> None:
    """What one text shows to be a name is one in the others, in any case and on two lines."""
    window = await redaction(PrivacyPolicy()).window(uuid4())
    first, second = await window.redact(["My name is Anna Petrova.", "is anna petrova here, or ANNA\nPETROVA?"])
    assert "[PERSON_1]" in first
    assert "anna" not in second.lower()
    assert all(name in restore(second, window.values) for name in ("anna petrova", "ANNA\nPETROVA"))


def test_a_name_is_known_again_with_its_marks_and_at_its_longest() -> None:
    """With an apostrophe, an initial, what ends it; not where something else stands between its words."""
    shown = ["Ana O'Brien", "Ana O'Brien Pike", "Ada J. Byron"]
    again = "ana o'brien pike's, (ANA  O'BRIEN), ada j. byron; ana, o'brien; ada byron; banana o'brien"
    found = [[Found("PERSON", 0, len(name))] for name in shown]
    told = People(10).in_any_case(uuid4(), [*shown, again], [*found, []])[-1]
    assert [again[one.start : one.end] for one in told] == ["ana o'brien pike", "ANA  O'BRIEN", "ada j. byron"]


def test_thousands_of_people_are_looked_for_at_once() -> None:
    """A customers' list in one message, and the same people in the next: it is gone through once, not once for each."""
    people = [f"Ana {'abcdefghij'[n // 100 % 10]}{n}x" for n in range(5000)]
    shown = "\n".join(people)
    found = [Found("PERSON", match.start(), match.end()) for match in re.finditer(".+", shown)]
    began = time.process_time()
    told = People(10).in_any_case(uuid4(), [shown, shown.upper()], [found, []])
    assert [len(some) for some in told] == [0, 5000]
    assert len(merged(found, told[0])) == 5000
    assert time.process_time() - began < 1


async def test_somebody_who_is_named_later_is_known_in_what_was_read_before() -> None:
    """A conversation's earlier messages come again with each question; another workspace's are its own."""
    finder, said, mine = redaction(PrivacyPolicy()), "is quorra petrova here?", uuid4()
    assert await (await finder.window(mine)).redact([said]) == [said]
    later = await (await finder.window(mine)).redact([said, "My name is Quorra Petrova."])
    assert later[0] == "is [PERSON_1] here?"
    assert await (await finder.window(uuid4())).redact([said]) == [said]


def test_segments_stand_where_they_say() -> None:
    """Titles and initials end no sentence, and what is too long is cut between words."""
    text = "Hello there. Dr. Ada K. Lovelace wrote it! So it is.\nNow Bob " + "and Bob " * 400
    found = list(worth_reading(text))
    assert found[0][1].strip() == "Dr. Ada K. Lovelace wrote it!"
    assert all(text[start : start + len(segment)] == segment and len(segment) <= LONGEST for start, segment in found)


@pytest.mark.parametrize(
    ("segment", "name", "kept"),
    [
        ("Tell Kubernetes to stop", "Tell Kubernetes", None),
        ("Hi Ada Lovelace's mail", "Hi Ada Lovelace's", "Ada Lovelace"),
        ("Ada.", "Ada.", "Ada"),
        ("see user_Name here", "user_Name", None),
        ("ada writes", "ada", None),
        ("Ada Ada went", "Ada Ada", "Ada Ada"),
    ],
)
def test_what_the_model_says_is_trimmed(segment: str, name: str, kept: str | None) -> None:
    """Words beside a name, products and code are no names."""
    start = segment.index(name)
    found = trimmed(segment, ("PERSON", start, start + len(name)))
    assert (found and segment[found[1] : found[2]]) == kept


@pytest.mark.parametrize(
    ("kinds", "outcome"),
    [({}, "silent"), ({"PERSON": "allow"}, "silent"), ({"PERSON": "redact"}, "warned"), ({"PLACE": "mask"}, "warned")],
)
async def test_without_a_model_only_a_choice_is_warned_about(kinds: dict[str, str], outcome: str) -> None:
    """A workspace that has chosen nothing is not told of what this machine lacks at each question."""
    window = await redaction(PrivacyPolicy(kinds)).window(uuid4())  # type: ignore[arg-type]  # actions
    assert await window.redact(["Ask Ada Lovelace"]) == ["Ask Ada Lovelace"]
    assert window.without_names == (outcome == "warned")


async def test_without_a_model_nothing_goes_that_is_to_be_blocked() -> None:
    """Better no answer than a name that leaves."""
    window = await redaction(PrivacyPolicy({"PERSON": "block"})).window(uuid4())
    with pytest.raises(NamesAway):
        await window.redact(["Ask Ada Lovelace"])


@pytest.fixture(scope="module")
def folder() -> Path:
    """The model as `make up` has it; fetched when it is not there."""
    return models.pull(Path(__file__).resolve().parents[2] / ".tertulia", models.NAMES, lambda *_: None)


async def loaded(names: NamesFinder) -> None:
    async with asyncio.timeout(90):
        await names.loaded()


@pytest.fixture
async def names(folder: Path) -> AsyncIterator[NamesFinder]:
    async with NamesFinder(folder) as made:
        await loaded(made)
        yield made


@pytest.mark.integration
async def test_names_become_placeholders_and_patterns_win(names: NamesFinder) -> None:
    """Places and organisations are left alone unless somebody wants them kept."""
    text = "Ask Ada Lovelace (ada@example.com) whether Deutsche Bank in Lisbon called."
    window = await redaction(PrivacyPolicy(), names).window(uuid4())
    assert await window.redact([text]) == ["Ask [PERSON_1] ([EMAIL_1]) whether Deutsche Bank in Lisbon called."]
    window = await redaction(PrivacyPolicy({"PLACE": "redact", "ORGANISATION": "mask"}), names).window(uuid4())
    assert "[ORGANISATION] in [PLACE_1]" in (await window.redact([text]))[0]


@pytest.mark.integration
async def test_a_text_that_is_kept_is_looked_through_for_all_kinds(names: NamesFinder) -> None:
    """Whatever a workspace wants kept today; what is found is told to it as if it were looked for now."""
    text = "Ask Ada Lovelace whether Deutsche Bank called.\nShe is in Lisbon, at ada@example.com."
    policy = PrivacyPolicy({"PLACE": "redact"})
    found = await redaction(policy, names).look_through(text)
    assert found is not None
    assert [one.kind for one in found.found] == ["PERSON", "ORGANISATION", "PLACE", "EMAIL"]
    assert await names.read("nothing is named here") == []
    odd = "Tell \uff21da\u00a0Love\u200blace and Bob"
    assert [await names.read(odd)] == await names.find(uuid4(), [odd])
    before, now = [await redaction(policy, names).window(uuid4()) for _ in range(2)]
    assert await before.redact_each([text], [found]) == await now.redact([text])
    assert "Ada" not in (await now.redact([text]))[0]


@pytest.mark.integration
async def test_a_killed_process_is_started_again(names: NamesFinder) -> None:
    """Who waits is told at once; a few seconds later names are found again."""
    process = names._process._process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    waiting = asyncio.create_task(names.find(uuid4(), ["Ask Ada Lovelace"]))
    while not names._process._waiting:
        await asyncio.sleep(0)
    process.kill()
    with pytest.raises(NamesAway):
        await waiting
    assert await redaction(PrivacyPolicy(), names).look_through("Ask Ada Lovelace") is None
    await loaded(names)
    assert [one.kind for (one,) in await names.find(uuid4(), ["Ask Ada Lovelace"])] == ["PERSON"]


@pytest.mark.integration
async def test_one_that_is_killed_again_while_it_loads_is_started_once_more(names: NamesFinder) -> None:
    """Who waits for it meanwhile waits on, within their patience; the loop hears of no failure that nobody fetched."""
    unheard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: unheard.append(told))
    first = names._process._process
    assert first is not None
    first.kill()
    async with asyncio.timeout(30):
        while names._process._process in (None, first):
            await asyncio.sleep(0.01)
    second = names._process._process
    assert second is not None
    waiting = asyncio.create_task(names.find(uuid4(), ["Ask Ada Lovelace"]))
    await asyncio.sleep(0)
    assert names.state == "loading"
    second.kill()
    with pytest.raises(NamesAway):
        await waiting
    del waiting
    gc.collect()
    await loaded(names)
    assert [one.kind for (one,) in await names.find(uuid4(), ["Ask Ada Lovelace"])] == ["PERSON"]
    assert (unheard, names._process._askers, names._process._waiting) == ([], 0, {})


@pytest.mark.integration
async def test_what_was_read_is_known_while_the_model_is_away(names: NamesFinder) -> None:
    """A message that comes again as it was, and a sentence in another message: neither waits for the process."""
    workspace, text = uuid4(), "Ask Ada Lovelace.\nNobody else knows."
    found = await names.find(workspace, [text])
    process = names._process._process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    assert await names.find(workspace, [text, "Ask Ada Lovelace."]) == [*found, *found]


@pytest.mark.parametrize(
    "written",
    ["**Priya Rao** asked", "- Priya Rao (CEO)", "<b>Priya Rao</b>", "`[PERSON_1]` **[PERSON_2]** Ask Priya Rao"],
)
async def test_marks_beside_a_name_do_not_hide_it(names: NamesFinder, written: str) -> None:
    """Nor a placeholder that somebody typed."""
    assert [written[one.start : one.end] for (one,) in await names.find(uuid4(), [written])] == ["Priya Rao"]


@pytest.mark.integration
async def test_a_long_text_is_read_to_its_end(names: NamesFinder) -> None:
    """A file of some hundred pages may take the model longer than anybody waits for a message, and asks more of it."""
    lines = [f"Ask Ada Lovelace about ticket {number}." for number in range(4_500)]
    (found,) = await names.find(uuid4(), ["\n".join(lines)])
    assert len(found) == len(lines)
