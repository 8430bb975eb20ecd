"""The providers' file: TOML, checked as a whole before anything starts, each problem in one line that says the fix."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import msgspec

from tertulia.orchestrator.providers.prices import FREE, NoPrice, Price, PriceChange, price
from tertulia.platform.settings import SettingsError

Kind = Literal["openai", "anthropic", "gemini", "local"]
Capability = Literal["tools", "json_schema", "vision"]
"""What not every model can: call tools, keep to a JSON schema, see images."""


class ModelSpec(msgspec.Struct, frozen=True):
    """A model of a provider; ``price`` is None where nobody told one, ``context`` counts tokens."""

    name: str
    context: int = 128_000
    price: Price | None = None
    embeds: bool = False
    price_changes: tuple[PriceChange, ...] = ()
    capabilities: tuple[Capability, ...] | None = None
    """None where nobody told: then the provider is asked, and refuses by itself."""


class ProviderSpec(msgspec.Struct, frozen=True):
    """``models`` is None when they are read from the provider's own list. A limit that is None is none; limits are of
    the provider as a whole, whichever of its keys is used.
    """

    name: str
    base_url: str
    keys: tuple[str, ...] = ()
    kind: Kind = "openai"
    models: tuple[ModelSpec, ...] | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrency: int | None = None
    weight: int = 1
    fallbacks: tuple[str, ...] = ()
    continues: bool = False
    """Goes on with an answer that the request ends with, as llama.cpp and vLLM can; OpenAI begins a new one."""
    hedge_after: timedelta | None = None
    """How long a streamed answer may be in coming before another is begun beside it; None: for ever."""
    own: bool = False
    """A workspace's: what workspaces call theirs has no bound, so metrics know them all as one."""

    @property
    def label(self) -> str:
        """As metrics know it."""
        return "own" if self.own else self.name


class _Price(msgspec.Struct, forbid_unknown_fields=True):
    since: date = msgspec.field(name="from")
    input_price: str
    output_price: str = "0"
    cached_input_price: str | None = None


class _Model(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    input_price: str | None = None
    cached_input_price: str | None = None
    output_price: str | None = None
    currency: str = "USD"
    context: int = 128_000
    free: bool = False
    embeds: bool = False
    price: list[_Price] = []
    capabilities: list[Capability] | None = None


class _Provider(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    base_url: str
    kind: Kind = "openai"
    api_key_env: str | list[str] = []
    api_key_file: str | list[str] = []
    api_keys: list[str] = []
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrency: int | None = None
    weight: int = 1
    fallbacks: list[str] = []
    continues: bool = False
    hedge_after_ms: int | None = None
    model: list[_Model] = []


class _File(msgspec.Struct, forbid_unknown_fields=True):
    provider: list[_Provider] = []


def read(path: Path, environ: Mapping[str, str]) -> list[ProviderSpec]:
    """Raises: SettingsError, with a line for each problem."""
    try:
        parsed = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
    except OSError as error:
        raise _wrong(path, f"{error.strerror}; name a readable file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise _wrong(path, str(error)) from None
    problems = [f"TERTULIA_PROVIDERS: {path}: {problem}" for problem in _problems(parsed, environ)]
    if problems:
        raise SettingsError(problems)
    return [_spec(provider, environ) for provider in parsed.provider]


def _wrong(path: Path, problem: str) -> SettingsError:
    return SettingsError([f"TERTULIA_PROVIDERS: {path}: {problem}"])


def _problems(file: _File, environ: Mapping[str, str]) -> Iterator[str]:
    names = [provider.name for provider in file.provider]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"provider {name!r} appears twice; names are unique"
    for provider in file.provider:
        yield from (f"provider {provider.name!r}: {problem}" for problem in _of_provider(provider, names, environ))


def _of_provider(provider: _Provider, names: list[str], environ: Mapping[str, str]) -> Iterator[str]:
    if not provider.base_url.startswith(("http://", "https://")):
        yield "base_url is not an http:// or https:// address"
    yield from _of_keys(provider, environ)
    for name in ("requests_per_minute", "tokens_per_minute", "concurrency", "weight", "hedge_after_ms"):
        if (value := getattr(provider, name)) is not None and value < 1:
            yield f"{name} is {value}; it must be at least 1"
    for fallback in provider.fallbacks:
        if fallback not in names or fallback == provider.name:
            yield f"fallback {fallback!r} is no other provider of this file"
    yield from _of_models(provider)


def _of_keys(provider: _Provider, environ: Mapping[str, str]) -> Iterator[str]:
    for name in _listed(provider.api_key_env):
        if not environ.get(name):
            yield f"api_key_env: {name} is not set; set it or use api_key_file"
    for key_file in _listed(provider.api_key_file):
        if not Path(key_file).is_file():
            yield f"api_key_file: {key_file} is no readable file"


def _of_models(provider: _Provider) -> Iterator[str]:
    models = [model.name for model in provider.model]
    if not models:
        yield "has no [[provider.model]]; name at least one"
    for model in provider.model:
        if models.count(model.name) > 1:
            yield f"model {model.name!r} appears twice"
        if problem := _of_model(model) or _of_changes(model):
            yield f"model {model.name!r}: {problem}"


def _of_changes(model: _Model) -> str | None:
    days = {change.since for change in model.price}
    if len(days) < len(model.price):
        return "has two prices from one day"
    return "is free and has prices; give one or the other" if model.free and days else None


def _of_model(model: _Model) -> str | None:
    if model.context < 1:
        return f"context is {model.context}; it must be at least 1"
    if model.free:
        return None
    if model.input_price is None or (model.output_price is None and not model.embeds):
        return "has no price; give input_price and output_price, or say free = true"
    try:
        _price(model)
        _changes(model)
    except NoPrice as problem:
        return f"price {problem}"
    return None


def _price(model: _Model) -> Price:
    if model.free:
        return FREE
    return price(model.input_price or "", model.output_price or "0", model.cached_input_price, model.currency)


def _changes(model: _Model) -> tuple[PriceChange, ...]:
    changes = [
        PriceChange(one.since, price(one.input_price, one.output_price, one.cached_input_price, model.currency))
        for one in model.price
    ]
    return tuple(sorted(changes, key=lambda change: change.since))


def _spec(given: _Provider, environ: Mapping[str, str]) -> ProviderSpec:
    keys = [environ[name] for name in _listed(given.api_key_env)]
    keys += [Path(name).read_text(encoding="utf-8").strip() for name in _listed(given.api_key_file)]
    return ProviderSpec(
        name=given.name,
        base_url=given.base_url.rstrip("/"),
        keys=tuple(dict.fromkeys(keys + given.api_keys)),
        kind=given.kind,
        models=tuple(_model_spec(one) for one in given.model),
        requests_per_minute=given.requests_per_minute,
        tokens_per_minute=given.tokens_per_minute,
        concurrency=given.concurrency,
        weight=given.weight,
        fallbacks=tuple(given.fallbacks),
        continues=given.continues,
        hedge_after=None if given.hedge_after_ms is None else timedelta(milliseconds=given.hedge_after_ms),
    )


def _model_spec(given: _Model) -> ModelSpec:
    can = None if given.capabilities is None else tuple(sorted(set(given.capabilities)))
    return ModelSpec(given.name, given.context, _price(given), given.embeds, _changes(given), can)


def _listed(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given
