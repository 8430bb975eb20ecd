"""The unmodified OpenAI SDK against Tertulia, with a key made through the API."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import openai
import pytest

from bench.provider import text as simulated
from tests.journeys.person import Person
from tests.journeys.waiting import eventually

pytestmark = pytest.mark.journey
Message = dict[str, str]


@pytest.fixture
def client(stack: Any) -> Iterator[openai.OpenAI]:
    key = Person.signs_up(stack.url).makes_a_key()
    with openai.OpenAI(base_url=f"{stack.url}/v1", api_key=key, max_retries=0) as opened:
        yield opened


@pytest.fixture
def model(client: openai.OpenAI) -> str:
    return client.models.list().data[0].id


def user(content: str) -> list[Any]:
    return [{"role": "user", "content": content}]


def test_chat(client: openai.OpenAI, model: str) -> None:
    """One answer, with its usage."""
    answer = client.chat.completions.create(model=model, messages=user("Hi [[sim: seed=2 tokens=9]]"))
    assert answer.choices[0].message.content == simulated.text(2, 9)
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_streaming_with_usage(client: openai.OpenAI, model: str) -> None:
    """Constant id and model, null usage in each chunk but the last, which has no choices."""
    chunks = list(
        client.chat.completions.create(
            model=model,
            messages=user("Hi [[sim: seed=8 tokens=30]]"),
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == simulated.text(8, 30)
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None


def test_responses(client: openai.OpenAI, model: str) -> None:
    """Asked, gone on with, and followed in the background from a number: through the edge, as it is documented."""
    first = client.responses.create(model=model, input="Hi [[sim: seed=4 tokens=9]]")
    assert first.output_text == simulated.text(4, 9)
    second = client.responses.create(
        model=model, input="On [[sim: seed=5 tokens=30 gap=1]]", previous_response_id=first.id, background=True
    )
    events = list(client.responses.retrieve(second.id, stream=True, starting_after=2))
    assert [event.sequence_number for event in events] == list(range(3, 3 + len(events)))
    assert client.responses.retrieve(second.id).output_text == simulated.text(5, 30)
    assert client.responses.cancel(second.id).status == "completed"


def test_personal_data_is_restored_in_the_stream(client: openai.OpenAI, model: str) -> None:
    """Placeholders never reach the caller."""
    stream = client.chat.completions.create(
        model=model, messages=user("ada@example.com [[sim: echo=last pieces=char]]"), stream=True
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices) == "ada@example.com"


def test_models(client: openai.OpenAI, model: str) -> None:
    """A model that is listed can be asked for by its name."""
    assert client.models.retrieve(model).id == model
    with pytest.raises(openai.NotFoundError) as refused:
        client.models.retrieve("no-such-model")
    assert refused.value.code == "model_not_found"


def test_a_wrong_key_is_an_authentication_error(stack: Any) -> None:
    """401, with the request's id."""
    with (
        openai.OpenAI(base_url=f"{stack.url}/v1", api_key="tt_live_nobody", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError) as refused,
    ):
        stranger.models.list()
    assert refused.value.request_id


def test_an_unknown_model_is_not_found(client: openai.OpenAI) -> None:
    """404, with the parameter's name."""
    with pytest.raises(openai.NotFoundError) as refused:
        client.chat.completions.create(model="no-such-model", messages=user("Hi"))
    assert refused.value.param == "model"


def test_what_cannot_be_understood_is_unprocessable(client: openai.OpenAI, model: str) -> None:
    """422, saying which part."""
    with pytest.raises(openai.UnprocessableEntityError):
        client.chat.completions.create(model=model, messages=user("Hi"), temperature="warm")  # type: ignore[call-overload] # on purpose


def test_a_provider_that_is_busy_is_a_rate_limit(client: openai.OpenAI, model: str) -> None:
    """429 with what the provider said of when to come back, and it is left alone until then."""
    with pytest.raises(openai.RateLimitError) as refused:
        client.chat.completions.create(model=model, messages=user("Hi [[sim: fail=429 retry_after=7]]"))
    assert refused.value.code == "rate_limit_exceeded"
    assert refused.value.response.headers["retry-after"] == "7"

    def answers() -> bool:
        with suppress(openai.RateLimitError):
            return bool(client.chat.completions.create(model=model, messages=user("Hi")).choices)
        return False

    assert not answers()
    eventually(answers)


def test_a_revoked_key_ends_at_once(stack: Any) -> None:
    """The next call with it is 401."""
    person = Person.signs_up(stack.url)
    path = f"/api/workspaces/{person.workspace['id']}/api-keys"
    made = person.client.post(path, json={"name": str(uuid4())}).json()
    with openai.OpenAI(base_url=f"{stack.url}/v1", api_key=made["key"], max_retries=0) as client:
        client.models.list()
        assert person.client.delete(f"{path}/{made['id']}").status_code == 204
        with pytest.raises(openai.AuthenticationError):
            client.models.list()
