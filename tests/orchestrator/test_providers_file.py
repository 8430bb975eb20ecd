"""The providers' file is checked as a whole; prices are exact; unknown ones stop the start."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia.contracts.orchestrator import Usage
from tertulia.orchestrator.providers.file import _Model, _Provider, read
from tertulia.orchestrator.providers.known import chats, known_model
from tertulia.orchestrator.providers.prices import FREE, NoPrice, PriceChange, price, price_at, shown
from tertulia.orchestrator.providers.registry import Model
from tertulia.orchestrator.service.accounting import cost
from tertulia.platform.settings import SettingsError
from tests.orchestrator.conftest import ROOT

GOOD = """
[[provider]]
name = "openai"
kind = "openai"
base_url = "https://example.org/v1/"
api_key_env = "SOME_KEY"
requests_per_minute = 500
tokens_per_minute = 200_000
concurrency = 64
fallbacks = ["other"]
[[provider.model]]
name = "gpt-4o-mini"
input_price = "0.15"
cached_input_price = "0.075"
output_price = "0.60"
currency = "USD"
context = 128_000

[[provider]]
name = "other"
base_url = "http://127.0.0.1:1/v1"
[[provider.model]]
name = "mine"
free = true
"""


def test_a_right_file_is_read(tmp_path: Path) -> None:
    """Keys come from the environment or a file, prices are integers of micro-units for a million tokens."""
    path = tmp_path / "providers.toml"
    path.write_text(GOOD)
    first, second = read(path, {"SOME_KEY": "sk-x"})
    assert (first.keys, first.base_url, first.fallbacks) == (("sk-x",), "https://example.org/v1", ("other",))
    assert first.models is not None
    assert first.models[0].price == price("0.15", "0.60", "0.075")
    assert second.models is not None
    assert second.models[0].price == FREE


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('input_price = "0.15"\n', ""), "model 'gpt-4o-mini': has no price; give input_price and output_price"),
        (('"0.60"', '"cheap"'), "price 'cheap' is no decimal number"),
        (('"0.60"', '"-1"'), "price '-1' is not a price"),
        (('"other"]', '"nobody"]'), "fallback 'nobody' is no other provider of this file"),
        (('name = "other"', 'name = "openai"'), "provider 'openai' appears twice"),
        (("concurrency = 64", "concurrency = 0"), "concurrency is 0; it must be at least 1"),
        (('"https://', '"ftp://'), "base_url is not an http"),
        (("SOME_KEY", "OTHER_KEY"), "OTHER_KEY is not set"),
        (('kind = "openai"', 'kind = "abacus"'), "Invalid enum value 'abacus'"),
        (('"SOME_KEY"', '["SOME_KEY", "OTHER"]'), "OTHER is not set"),
        (("context =", "contxt ="), "unknown field `contxt`"),
        (("[[provider]]", "[[provider"), "TERTULIA_PROVIDERS"),
        (("free = true", "free = false"), "model 'mine': has no price"),
    ],
)
def test_each_mistake_is_one_line_that_says_the_fix(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    """The name of the setting, the file, the place, what is wrong and what to do."""
    path = tmp_path / "providers.toml"
    path.write_text(GOOD.replace(*change, 1))
    with pytest.raises(SettingsError) as caught:
        read(path, {"SOME_KEY": "sk-x"})
    assert problem in str(caught.value)
    assert all(line.startswith("TERTULIA_PROVIDERS: ") for line in caught.value.problems)


CHANGES = """currency = "USD"
[[provider.model.price]]
from = 2027-06-01
input_price = "3"
output_price = "4"
[[provider.model.price]]
from = 2027-01-01
input_price = "1"
cached_input_price = "0.5"
output_price = "2"
"""


def test_a_price_has_its_time(tmp_path: Path) -> None:
    """In whatever order they are written, each holds from midnight UTC of its day until the next."""
    path = tmp_path / "providers.toml"
    text = GOOD.replace('currency = "USD"\ncontext = 128_000\n', CHANGES)
    path.write_text(text)
    (model,) = read(path, {"SOME_KEY": "sk-x"})[0].models or ()
    prices = [price("0.15", "0.60", "0.075"), price("1", "2", "0.5"), price("3", "4")]
    for moment, wanted in (
        ("2026-12-31T23:59:59Z", prices[0]),
        ("2027-01-01T00:00:00Z", prices[1]),
        ("2027-01-01T00:30:00+01:00", prices[0]),
        ("2027-05-31T23:59:59Z", prices[1]),
        ("2027-06-01T00:00:00Z", prices[2]),
        ("2099-01-01T00:00:00Z", prices[2]),
    ):
        assert price_at(datetime.fromisoformat(moment), model.price, model.price_changes) == wanted, moment
    for wrong, problem in (("2027-01-01", "two prices from one day"), ("soon", "TERTULIA_PROVIDERS")):
        path.write_text(text.replace("2027-06-01", wrong))
        with pytest.raises(SettingsError) as caught:
            read(path, {"SOME_KEY": "sk-x"})
        assert problem in str(caught.value)


def test_a_call_costs_what_its_model_cost_when_it_began() -> None:
    """And nothing where no price is known."""
    change = PriceChange(date(2027, 1, 1), price("2", "0"))
    model = Model("m", "m", "p", "chat", 1000, price("1", "0"), (change,))
    used = Usage(1_000_000, 0)
    assert cost(model, used, datetime(2026, 12, 31, tzinfo=UTC)).amount == 1_000_000
    assert cost(model, used, datetime(2027, 1, 1, tzinfo=UTC)).amount == 2_000_000
    assert cost(None, used, datetime(2027, 1, 1, tzinfo=UTC)).amount == 0


def test_costs_are_rounded_once() -> None:
    """Cached input has its price; half a micro-unit is rounded up, and only in the sum."""
    rate = price("0.15", "0.60", "0.075")
    assert rate.cost(Usage(1_000_000, 1_000_000)).amount == 750_000
    assert rate.cost(Usage(1_000_000, 0, 1_000_000)).amount == 75_000
    assert rate.cost(Usage(10, 0)).amount == 2  # 1.5 micro-units
    assert FREE.cost(Usage(10**9, 10**9)).amount == 0


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**6))
def test_a_cost_grows_with_its_use_and_is_never_negative(prompt: int, completion: int, cached: int, more: int) -> None:
    """One more token never costs less."""
    rate = price("2.50", "10", "1.25")
    cost = rate.cost(Usage(prompt, completion, min(cached, prompt))).amount
    assert 0 <= cost <= rate.cost(Usage(prompt + more, completion + more, min(cached, prompt))).amount


def test_prices_are_shown_as_they_are_written() -> None:
    """And what is no price is refused."""
    assert [shown(price(text, "0").input) for text in ("0.15", "10", "0", "0.000001")] == [
        "0.15",
        "10",
        "0",
        "0.000001",
    ]
    for wrong in ("", "1e400", "NaN", "-0.1", "0.0000001"):
        with pytest.raises(NoPrice):
            price(wrong, "0")


def test_what_is_publicly_known_is_used_for_its_own_address_only() -> None:
    """A server that only uses OpenAI's names has not its prices."""
    known = known_model("gpt-4o-mini-2024-07-18", "https://api.openai.com/v1")
    assert known.price == price("0.15", "0.60", "0.075")
    assert known_model("gpt-4o-mini", "http://127.0.0.1/v1").price is None
    assert not chats("text-embedding-3-small")
    assert chats("gpt-4o")


def test_the_examples_of_the_documentation_are_right(tmp_path: Path) -> None:
    """Each TOML block of the page is a providers' file, and every field of it is in the page's tables."""
    page = (ROOT / "docs" / "providers.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    secret = tmp_path / "key"
    secret.write_text("sk-file\n")
    for block in blocks:
        path = tmp_path / "providers.toml"
        path.write_text(block.replace("/run/secrets/azure_key", str(secret)))
        specs = read(path, {"OPENAI_KEY_1": "sk-1", "OPENAI_KEY_2": "sk-2"})
        assert [spec.keys for spec in specs] == [("sk-1", "sk-2"), ("sk-file",), ()]
    assert len(blocks) == 1
    for struct in (_Provider, _Model):
        for field in struct.__struct_fields__:
            assert field == "model" or f"`{field}`" in page, field
