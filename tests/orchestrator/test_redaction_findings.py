"""What was found in a text that is kept is looked for once, and counts only where it would be found again."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import msgspec
import pytest

from tertulia.orchestrator.redaction import Findings, Redaction, findings
from tertulia.orchestrator.redaction.patterns import Found
from tertulia.orchestrator.redaction.policy import PrivacyPolicy
from tertulia.orchestrator.redaction.seen import Seen

TEXT = "Ask Ada Lovelace or write to ada@example.com."
NAME, MAIL = Found("PERSON", 4, 16, "model"), Found("EMAIL", 29, 44)


def redaction(policy: PrivacyPolicy) -> Redaction:
    async def policies(_: UUID) -> PrivacyPolicy:
        return policy

    return Redaction(policies)


async def told(policy: PrivacyPolicy, texts: Sequence[str], known: Findings) -> list[str | None]:
    """``known`` is of the first of them."""
    return await (await redaction(policy).window(uuid4())).redact_each(texts, [known])


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ({"PERSON": "redact"}, "Ask [PERSON_1] or write to [EMAIL_1]."),
        ({"PERSON": "mask", "EMAIL": "allow"}, "Ask [PERSON] or write to ada@example.com."),
        ({"PERSON": "allow"}, "Ask Ada Lovelace or write to [EMAIL_1]."),
        ({"PERSON": "block"}, None),
    ],
)
async def test_the_policy_of_the_day_counts(kinds: dict[str, str], expected: str | None) -> None:
    """Findings are the same whatever a workspace has chosen, so that a change asks for no new ones."""
    policy = PrivacyPolicy(kinds)  # type: ignore[arg-type]  # actions
    known = Findings(redaction(policy).mark(TEXT), [NAME, MAIL])
    assert await told(policy, [TEXT], known) == [expected]


async def test_they_count_for_the_very_text_alone() -> None:
    """A text that was changed, another model or other rules: it is looked through anew."""
    policy = PrivacyPolicy({"PERSON": "allow"})
    nowhere = Findings(redaction(policy).mark(TEXT), [])
    assert await told(policy, [TEXT, "Then ada@example.com."], nowhere) == [TEXT, "Then [EMAIL_1]."]
    assert await told(policy, [f"{TEXT} "], nowhere) == ["Ask Ada Lovelace or write to [EMAIL_1]. "]
    other = Findings(findings.mark(TEXT, "another model"), [])
    assert await told(policy, [TEXT], other) == ["Ask Ada Lovelace or write to [EMAIL_1]."]


async def test_they_are_written_down_without_values() -> None:
    """Kinds and places only; what another release wrote is no finding."""
    made = await redaction(PrivacyPolicy()).look_through(TEXT)
    assert made is not None
    stored = findings.written(made)
    assert findings.read(stored) == made
    assert made.found == [MAIL]
    assert "ada" not in stored
    assert findings.read(msgspec.json.encode({"found": "elsewhere"}).decode()) is None
    assert findings.read(None) is None


async def test_what_must_not_leave_takes_nothing_else_along() -> None:
    """Each text is judged by itself; values have one placeholder in all of them."""
    window = await redaction(PrivacyPolicy({"IP": "block"})).window(uuid4())
    texts = ["a@example.com", "the server at 8.8.8.8", "b@example.com and a@example.com"]
    assert await window.redact_each(texts) == ["[EMAIL_1]", None, "[EMAIL_2] and [EMAIL_1]"]


def test_a_text_is_known_again_by_its_digest() -> None:
    """In its workspace; only the latest are remembered."""
    seen = Seen[str](2)
    workspace = uuid4()
    _, new = seen.known(workspace, ["one", "two", "three"])
    assert seen.known(uuid4(), ["one"])[1]["one"] != new["one"]
    seen.put(new["one"], "found in one")
    seen.put(new["two"], "found in two")
    assert seen.known(workspace, ["one", "three"]) == ({"one": "found in one"}, {"three": new["three"]})
    seen.put(new["three"], "found in three")
    found, new = seen.known(workspace, ["one", "two", "three"])
    assert found == {"one": "found in one", "three": "found in three"}
    assert list(new) == ["two"]
