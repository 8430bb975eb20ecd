"""Settings from the environment: typed, frozen, built in a composition root and never at import.

A value can come from a file named in ``NAME_FILE``. Everything that is wrong is said at once, one line a problem, with
the name, the problem and the fix; a secret is never printed. Which settings a service has is the service's business.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar, get_args

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticUndefined
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

S = TypeVar("S", bound="Settings")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PORTS = 65535


class SettingsError(Exception):
    """One or more settings are missing or wrong; ``problems`` has one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _duration(value: object) -> object:
    """``20``, ``20s``, ``500ms``, ``10m``, ``1h``, ``7d``; anything else is left to pydantic (ISO 8601)."""
    if not isinstance(value, str):
        return value
    text = value.strip().lower()
    number = text.rstrip("mshd")
    unit = text[len(number) :] or "s"
    if unit in _UNITS and number.replace(".", "", 1).isdigit():
        return timedelta(seconds=float(number) * _UNITS[unit])
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]


class Settings(BaseSettings):
    """A service's settings. A field ``window`` of ``ChatSettings`` is read from ``TERTULIA_CHAT_WINDOW``.

    A field with a ``validation_alias`` is read from that name, in which ``{SERVICE}`` stands for the service; its
    ``description`` is what ``tertulia doctor --settings`` says of it.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", validate_by_name=True, hide_input_in_errors=True)
    service: ClassVar[str] = ""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "service" not in vars(cls):
            cls.service = cls.__name__.removesuffix("Settings").lower()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings calls it with these names
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what ``load`` was given: a process's environment reaches no settings by the back door."""
        return (init_settings,)


class ProcessSettings(Settings):
    """What every process needs that serves HTTP and talks to the others."""

    host: str = Field("127.0.0.1", validation_alias="TERTULIA_HOST", description="address to listen on")
    port: int = Field(ge=0, le=_PORTS, description="port to listen on")
    valkey_url: SecretStr = Field(
        validation_alias=AliasChoices("TERTULIA_VALKEY_URL_{SERVICE}", "TERTULIA_VALKEY_URL"),
        description="Valkey, as redis://user:password@host:port/0",
    )
    nats_url: SecretStr = Field(
        validation_alias=AliasChoices("TERTULIA_NATS_URL_{SERVICE}", "TERTULIA_NATS_URL"),
        description="NATS, as nats://user:password@host:port",
    )
    internal_url: str = Field(
        validation_alias="TERTULIA_INTERNAL_URL", description="Envoy's internal listener, as http://127.0.0.1:4001"
    )
    trust_file: Path = Field(
        validation_alias="TERTULIA_TRUST_FILE", description="JSON file: each service's Ed25519 public key"
    )
    key_file: Path = Field(
        validation_alias=AliasChoices("TERTULIA_KEY_FILE_{SERVICE}", "TERTULIA_KEY_FILE"),
        description="PEM file: this service's Ed25519 private key",
    )
    public_url: str = Field(
        "http://localhost:4000", validation_alias="TERTULIA_PUBLIC_URL", description="where people reach this Tertulia"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", validation_alias="TERTULIA_LOG_LEVEL", description="debug, info, warning or error"
    )
    log_format: Literal["json", "console"] = Field(
        "json", validation_alias="TERTULIA_LOG_FORMAT", description="json or console"
    )
    grace: Duration = Field(
        timedelta(seconds=20), validation_alias="TERTULIA_GRACE", description="how long a stop waits for work in flight"
    )
    drain_delay: Duration = Field(
        timedelta(0),
        validation_alias="TERTULIA_DRAIN_DELAY",
        description="how long a stop goes on taking calls, for a balancer to see that this one is not ready",
    )
    sentry_dsn: SecretStr | None = Field(None, validation_alias="SENTRY_DSN", description="turns on Sentry")
    otlp_endpoint: str | None = Field(
        None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="turns on OpenTelemetry traces, as http://host:4318",
    )

    @field_validator("valkey_url")
    @classmethod
    def _valkey(cls, value: SecretStr) -> SecretStr:
        return _scheme(value, "redis", "rediss", "unix")

    @field_validator("nats_url")
    @classmethod
    def _nats(cls, value: SecretStr) -> SecretStr:
        return _scheme(value, "nats", "tls")

    @field_validator("internal_url", "public_url")
    @classmethod
    def _http(cls, value: str) -> str:
        return _scheme(SecretStr(value), "http", "https").get_secret_value().rstrip("/")


class ServiceSettings(ProcessSettings):
    """What every service needs that has a database (all but the gateway)."""

    database_url: SecretStr = Field(
        validation_alias="TERTULIA_DATABASE_URL_{SERVICE}",
        description="this service's database, as postgresql://user:password@host:port/name",
    )
    replica_url: SecretStr | None = Field(
        None, validation_alias="TERTULIA_REPLICA_URL_{SERVICE}", description="a read replica of it"
    )

    @field_validator("database_url", "replica_url")
    @classmethod
    def _postgres(cls, value: SecretStr | None) -> SecretStr | None:
        return value and _scheme(value, "postgresql", "postgres")


def load(cls: type[S], environ: Mapping[str, str]) -> S:
    """Build the settings from an environment.

    Raises: SettingsError, with everything that is wrong.
    """
    values: dict[str, str] = {}
    problems: list[str] = []
    for field, info in cls.model_fields.items():
        try:
            found = _find(_names(cls, field, info), environ)
        except SettingsError as unreadable:
            problems += unreadable.problems
            continue
        if found is not None:
            values[field] = found
    try:
        loaded = cls.model_validate(values)
    except ValidationError as wrong:
        unread = {line.partition("_FILE")[0] for line in problems}
        lines = [_line(cls, error) for error in wrong.errors(include_url=False, include_context=False)]
        raise SettingsError(problems + [line for line in lines if line.partition(":")[0] not in unread]) from None
    if problems:
        raise SettingsError(problems)
    return loaded


@dataclass(frozen=True)
class Listed:
    """One line of ``tertulia doctor --settings``; ``value`` is masked where it is a secret, and None where unset."""

    name: str
    meaning: str
    default: str
    value: str | None


def listing(cls: type[Settings], environ: Mapping[str, str]) -> Iterator[Listed]:
    """Every setting of a service, with what this environment sets it to."""
    for field, info in cls.model_fields.items():
        names = _names(cls, field, info)
        try:
            value = _find(names, environ)
        except SettingsError:
            value = "(unreadable file)"
        default = "required" if info.default is PydanticUndefined else _plain(info.default)
        shown = "********" if value and _secret(info) else value
        yield Listed(names[-1], info.description or "", default, shown)


def _names(cls: type[Settings], field: str, info: FieldInfo) -> list[str]:
    alias = info.validation_alias
    if isinstance(alias, AliasChoices):
        templates = [choice for choice in alias.choices if isinstance(choice, str)]
    else:
        templates = [alias] if isinstance(alias, str) else ["TERTULIA_{SERVICE}_" + field.upper()]
    return [template.format(SERVICE=cls.service.upper()) for template in templates]


def _find(names: list[str], environ: Mapping[str, str]) -> str | None:
    """The first of the names that is set, plainly or through a file. An empty value counts as unset."""
    for name in names:
        if plain := environ.get(name):
            return plain
        file = environ.get(f"{name}_FILE")
        if file:
            try:
                return Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or "is not UTF-8 text"
                raise SettingsError([f"{name}_FILE: {file}: {reason}; name a readable file"]) from None
    return None


def _line(cls: type[Settings], error: ErrorDetails) -> str:
    place = str(error["loc"][0]) if error["loc"] else ""
    field = next((f for f, info in cls.model_fields.items() if place in (f, *_templates(info))), place)
    info = cls.model_fields.get(field)
    if info is None:
        return f"{place}: {error['msg']}"
    name = _names(cls, field, info)[-1]
    problem = "is not set" if error["type"] == "missing" else error["msg"].removeprefix("Value error, ").lower()
    return f"{name}: {problem}; set it to {info.description or 'a right value'}"


def _templates(info: FieldInfo) -> list[str]:
    alias = info.validation_alias
    if isinstance(alias, AliasChoices):
        return [str(choice) for choice in alias.choices]
    return [alias] if isinstance(alias, str) else []


def _scheme(value: SecretStr, *allowed: str) -> SecretStr:
    scheme, mark, rest = value.get_secret_value().partition("://")
    if not mark or not rest or scheme.partition("+")[0] not in allowed:
        msg = f"is not a {allowed[0]}:// address"
        raise ValueError(msg)
    return value


def _secret(info: FieldInfo) -> bool:
    return info.annotation is SecretStr or SecretStr in get_args(info.annotation)


def _plain(default: object) -> str:
    if isinstance(default, timedelta):
        return f"{default.total_seconds():g} s"
    return "none" if default is None else str(default)
