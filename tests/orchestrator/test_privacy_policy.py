"""What a workspace chooses for each kind of personal data is what happens to it, in chats and in the API."""

from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import openai
import pytest

from tertulia.contracts.stream import Error
from tertulia.orchestrator.redaction.patterns import find
from tertulia.orchestrator.redaction.policy import KINDS, PersonalDataBlocked, PrivacyPolicy
from tertulia.orchestrator.redaction.redactor import Redactor
from tests.orchestrator.conftest import text_of
from tests.orchestrator.keeper import Keeper
from tests.simulated import KEY, Simulated

EMBEDS = "text-embedding-3-small"
TEXT = "Ask ada@example.com or +44 20 7946 0958."


@pytest.fixture
def settings_of_test(tmp_path: Path, simulated: Simulated) -> dict[str, str]:
    """The provider, beside its other models, with one that embeds."""
    file = tmp_path / "providers.toml"
    file.write_text(
        f'[[provider]]\nname = "embeds"\nbase_url = "{simulated.base_url}"\napi_keys = ["{KEY}"]\n'
        f'[[provider.model]]\nname = "{EMBEDS}"\nfree = true\n'
    )
    return {"TERTULIA_PROVIDERS": str(file)}


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (PrivacyPolicy(), "Ask [EMAIL_1] or [PHONE_1]."),
        (PrivacyPolicy({"EMAIL": "mask"}), "Ask [EMAIL] or [PHONE_1]."),
        (PrivacyPolicy({"EMAIL": "allow", "PHONE": "mask"}), "Ask ada@example.com or [PHONE]."),
        (PrivacyPolicy(allow_list=("ADA@example.com",)), "Ask ada@example.com or [PHONE_1]."),
        (PrivacyPolicy({"CARD": "block"}), "Ask [EMAIL_1] or [PHONE_1]."),
    ],
)
def test_each_kind_has_its_own_way(policy: PrivacyPolicy, told: str) -> None:
    """What is masked stands for nothing that could come back."""
    redactor = Redactor(policy)
    assert redactor.redact(TEXT, find(TEXT)) == told
    assert set(redactor.values) == {word for word in ("[EMAIL_1]", "[PHONE_1]") if word in told}


def test_what_is_blocked_is_named_by_its_kind_alone() -> None:
    """The refusal never repeats a value."""
    with pytest.raises(PersonalDataBlocked) as refused:
        Redactor(PrivacyPolicy({"EMAIL": "block", "PHONE": "block"})).redact(TEXT, find(TEXT))
    assert "EMAIL, PHONE" in refused.value.detail
    assert "ada" not in str(refused.value.detail) + str(refused.value.errors)


async def chooses(keeper: Keeper, **policy: Any) -> dict[str, Any]:
    answer = await keeper.call("PUT", f"/api/workspaces/{keeper.workspace}/privacy", json=policy)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_new_workspace_redacts_all_but_places_and_organisations(keeper: Keeper) -> None:
    """And a text can be tried without being kept."""
    place = f"/api/workspaces/{keeper.workspace}/privacy"
    expected = dict.fromkeys(KINDS, "redact") | {"PLACE": "allow", "ORGANISATION": "allow"}
    assert (await keeper.call("GET", place)).json() == {"kinds": expected, "allow_list": [], "names": "missing"}
    tried = (await keeper.call("POST", f"{place}/try", json={"text": TEXT})).json()
    assert [(one["kind"], TEXT[one["start"] : one["end"]], one["action"]) for one in tried["findings"]] == [
        ("EMAIL", "ada@example.com", "redact"),
        ("PHONE", "+44 20 7946 0958", "redact"),
    ]


async def test_a_choice_counts_for_the_next_question_and_the_next_call(keeper: Keeper) -> None:
    """Masked data never comes back, allowed data goes as it is, and another workspace keeps its own way."""
    await chooses(keeper, kinds={"EMAIL": "mask", "PHONE": "allow"})
    marker = uuid4().hex
    parts = await (await keeper.ask(f"{marker} {TEXT} [[sim: echo]]")).parts()
    assert "Ask [EMAIL] or +44 20 7946 0958." in text_of(parts)
    client = keeper.running.sdk(keeper.workspace)
    message = {"role": "user", "content": f"{marker} {TEXT}"}
    answer = await client.chat.completions.create(model="sim-echo", messages=[message])  # type: ignore[list-item]  # plain
    assert "Ask [EMAIL] or +44 20 7946 0958." in (answer.choices[0].message.content or "")
    seen = [entry["request"]["messages"][-1]["content"] for entry in keeper.running.simulated.of(marker)]
    assert seen
    assert not [text for text in seen if "ada@example.com" in text]
    stranger = await keeper.running.ask(f"{uuid4().hex} {TEXT} [[sim: echo]]")
    assert TEXT in text_of(await stranger.parts())


async def test_what_is_blocked_never_leaves(keeper: Keeper) -> None:
    """A chat's answer ends with the reason, a call of the API is a 422, and the provider hears of neither."""
    await chooses(keeper, kinds={"EMAIL": "block"})
    marker = uuid4().hex
    parts = await (await keeper.ask(f"{marker} {TEXT}")).parts()
    assert isinstance(parts[-1], Error)
    assert parts[-1].code == "personal_data_blocked"
    client = keeper.running.sdk(keeper.workspace)
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        await client.chat.completions.create(
            model="sim-echo", messages=[{"role": "user", "content": f"{marker} {TEXT}"}]
        )
    assert refused.value.code == "personal_data_blocked"
    with pytest.raises(openai.UnprocessableEntityError):
        await client.embeddings.create(model=EMBEDS, input=[f"{marker} {TEXT}"])
    assert keeper.running.simulated.of(marker) == []


@pytest.mark.parametrize(
    "body", [{"kinds": {"SHOE_SIZE": "block"}}, {"kinds": {"EMAIL": "burn"}}, {"allow_list": [""]}, {"other": 1}]
)
async def test_a_choice_that_makes_no_sense_is_refused(keeper: Keeper, body: dict[str, Any]) -> None:
    """And what was chosen before stays."""
    await chooses(keeper, kinds={"EMAIL": "mask"})
    place = f"/api/workspaces/{keeper.workspace}/privacy"
    assert (await keeper.call("PUT", place, json=body)).status_code == 422
    assert (await keeper.call("GET", place)).json()["kinds"]["EMAIL"] == "mask"


SAID = "Tell Maria Jensen. [[sim: tokens=2]]"
CHAT = {"model": "sim-fast", "messages": [{"role": "user", "content": SAID}]}
RESPONSE = {"model": "sim-fast", "input": SAID}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", CHAT),
        ("/v1/chat/completions", CHAT | {"stream": True}),
        ("/v1/responses", RESPONSE),
        ("/v1/responses", RESPONSE | {"stream": True}),
        ("/v1/embeddings", {"model": EMBEDS, "input": SAID}),
    ],
)
async def test_an_answer_without_names_hidden_says_so(keeper: Keeper, path: str, body: dict[str, Any]) -> None:
    """Where names are to be hidden and the model that finds them is missing, a header tells, however it was asked."""
    await chooses(keeper, kinds={"PERSON": "redact"})
    answer = await keeper.call("POST", path, json=body)
    assert answer.status_code == HTTPStatus.OK, answer.text
    assert answer.headers["x-tertulia-warning"] == "names_unavailable"
