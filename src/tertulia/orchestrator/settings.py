"""The orchestrator's settings: where answers come from, how long a provider may take, and how much at once."""

from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, SecretStr, field_validator

from tertulia.platform.settings import Duration, ServiceSettings

_MIN_SECRET = 32
Reach = Literal["public", "any", "off"]
OPENAI_URL = "https://api.openai.com/v1"
DEFAULT_PROMPT = (
    "You are a helpful assistant. Answer clearly and to the point, in the language of the question; use Markdown where "
    "it helps."
)


class OrchestratorSettings(ServiceSettings):
    service: ClassVar[str] = "orchestrator"

    port: int = Field(3005, ge=0, le=65535, description="port to listen on")
    master_keys: SecretStr = Field(
        description="random texts of 32 characters and more, by commas; the first seals what is stored encrypted"
    )
    providers_file: Path | None = Field(
        None, validation_alias="TERTULIA_PROVIDERS", description="TOML file of providers, their models and prices"
    )
    own_providers: Reach = Field(
        "public", description="where workspaces' own providers may be: public (the open internet), any, or off"
    )
    openai_api_key: SecretStr | None = Field(
        None, validation_alias="OPENAI_API_KEY", description="key of a first provider"
    )
    openai_base_url: str | None = Field(
        None, validation_alias="OPENAI_BASE_URL", description=f"address of a first provider, as {OPENAI_URL}"
    )
    local_model_url: str | None = Field(
        None,
        validation_alias="TERTULIA_LOCAL_MODEL_URL",
        description="the local model server, as http://127.0.0.1:4100",
    )
    local_model_key: SecretStr | None = Field(
        None, validation_alias="TERTULIA_LOCAL_MODEL_KEY", description="the local model server's key"
    )
    local_model_name: str = Field(
        "local", validation_alias="TERTULIA_LOCAL_MODEL_NAME", description="the local model's name"
    )
    local_model_context: int = Field(
        8192, ge=512, validation_alias="TERTULIA_LOCAL_MODEL_CONTEXT", description="the local model's window in tokens"
    )
    local_model_slots: int = Field(
        4, ge=1, validation_alias="TERTULIA_LOCAL_MODEL_SLOTS", description="answers that the local model gives at once"
    )
    embeddings_dir: Path | None = Field(
        None,
        validation_alias="TERTULIA_EMBEDDINGS_DIR",
        description="folder with the local embedding model: model.onnx, tokenizer.json",
    )
    names_dir: Path | None = Field(
        None,
        validation_alias="TERTULIA_NAMES_DIR",
        description="folder with the spaCy model that finds names of people, places and organisations",
    )
    embeddings_name: str = Field("all-minilm-l6-v2", description="the local embedding model's name")
    default_model: str | None = Field(None, description="model that answers where none is named")
    system_prompt: str = Field(DEFAULT_PROMPT, description="what the chat's model is told first")
    output_reserve: int = Field(1024, ge=64, description="tokens of a model's window that are kept for its answer")
    connect_timeout: Duration = Field(timedelta(seconds=5), description="how long reaching a provider may take")
    first_token: Duration = Field(timedelta(seconds=30), description="how long a provider may take to begin")
    between_tokens: Duration = Field(timedelta(seconds=30), description="how long a provider may pause")
    whole_answer: Duration = Field(timedelta(minutes=5), description="how long an answer may take that is not streamed")
    longest_answer: Duration = Field(timedelta(minutes=10), description="how long a streamed answer may take")
    queue_wait: Duration = Field(
        timedelta(seconds=60), description="how long a call may wait for a provider that is at its limit"
    )
    queue_length: int = Field(1000, ge=1, description="calls that may wait for one provider, over all replicas")
    queue_of_workspace: int = Field(100, ge=1, description="those of them that may be one workspace's")
    breaker_failures: int = Field(5, ge=1, description="failures in a row after which a provider is given a rest")
    breaker_rest: Duration = Field(timedelta(seconds=5), description="how long that rest is at first")
    one_after_another: bool = Field(
        False, description="whether a chat turn's steps wait for one another, to measure what they save side by side"
    )
    answers_at_once: int = Field(64, ge=1, description="chat turns that one process works on at once")
    lease: Duration = Field(
        timedelta(seconds=6), description="how long a worker may be silent before another takes its answer over"
    )

    abandoned_after: Duration = Field(
        timedelta(minutes=5), description="how long an answer may be without a worker before it is ended as lost"
    )

    @field_validator("master_keys")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if any(len(key) < _MIN_SECRET for key in _listed(value)):
            msg = f"holds a key that is shorter than {_MIN_SECRET} characters"
            raise ValueError(msg)
        return value

    @property
    def master_secrets(self) -> list[str]:
        return _listed(self.master_keys)

    @field_validator("openai_base_url", "local_model_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            msg = "is not an http:// or https:// address"
            raise ValueError(msg)
        return value and value.rstrip("/")


def _listed(value: SecretStr) -> list[str]:
    return [key.strip() for key in value.get_secret_value().split(",")]
