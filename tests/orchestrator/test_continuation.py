"""A worker leaves in the middle of an answer, and the provider goes on with what was said: no word is lost."""

import json
from pathlib import Path

import pytest

from bench.provider import text as simulated
from tests.orchestrator.conftest import Running, tags, text_of
from tests.orchestrator.test_records import record_elsewhere
from tests.simulated import KEY, Simulated

MODEL = "continuing/sim-fast"
ADDRESS = "ada.lovelace@example.com"


@pytest.fixture
def settings_of_test(tmp_path: Path, simulated: Simulated) -> dict[str, str]:
    """The same provider once more, as one that goes on with a begun answer."""
    file = tmp_path / "providers.toml"
    file.write_text(
        f'[[provider]]\nname = "continuing"\nbase_url = "{simulated.base_url}"\napi_keys = ["{KEY}"]\n'
        'continues = true\n[[provider.model]]\nname = "sim-fast"\nfree = true\n'
    )
    return {"TERTULIA_PROVIDERS": str(file)}


async def test_an_answer_goes_on_where_it_stopped(running: Running) -> None:
    """No step is taken back: the second worker asks for what is missing, and the whole is stored."""
    asked = await running.ask("[[sim: seed=31 tokens=120 gap=15]]", model=MODEL)
    await asked.until(lambda text: len(text) > 40)
    await running.start()
    await running.workers[0].stop()
    parts = await asked.parts()
    await running.ended(asked)
    record = await record_elsewhere(running, asked)
    assert record is not None
    assert text_of(parts) == record.text == simulated.text(31, 120)
    assert "reset-step" not in tags(parts)
    assert tags(parts).count("text-start") == tags(parts).count("text-end") == 1


async def test_what_was_said_goes_back_to_the_provider_without_personal_data(running: Running) -> None:
    """Readers have the address, so the begun answer has it too; the provider gets the placeholder again."""
    words = " ".join(["write to", ADDRESS, *["and", "again"] * 40])
    asked = await running.ask(f"{words} [[sim: echo=last pieces=word gap=20]]", model=MODEL)
    await asked.until(lambda text: ADDRESS in text)
    await running.start()
    await running.workers[0].stop()
    parts = await asked.parts()
    assert text_of(parts) == words
    requests = [json.dumps(entry["request"]) for entry in running.simulated.of("and again")]
    assert len(requests) == 2
    assert not [request for request in requests if ADDRESS in request]
    assert "reset-step" not in tags(parts)


async def test_a_provider_that_will_not_go_on_begins_again(running: Running) -> None:
    """It refuses the request that ends with an answer: the step is taken back and said anew."""
    asked = await running.ask("[[sim: seed=33 tokens=120 gap=15]]", model=MODEL)
    await asked.until(lambda text: len(text) > 40)
    running.simulated.script(fail=400)
    await running.start()
    await running.workers[0].stop()
    parts = await asked.parts()
    assert text_of(parts) == simulated.text(33, 120)
    assert tags(parts).count("reset-step") == 1
