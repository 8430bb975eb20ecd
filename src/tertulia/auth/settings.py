"""What auth is told from outside; see ``platform.settings`` for where values come from."""

from typing import ClassVar

from pydantic import Field, SecretStr, field_validator

from tertulia.contracts.access import PLANS
from tertulia.platform.settings import ServiceSettings

_MIN_SECRET = 32


class AuthSettings(ServiceSettings):
    service: ClassVar[str] = "auth"

    port: int = Field(3001, ge=0, le=65535, description="port to listen on")
    master_key: SecretStr = Field(
        validation_alias="TERTULIA_MASTER_KEY",
        description="random text of at least 32 characters that seals what is stored encrypted; keep a copy of it",
    )
    pepper: SecretStr = Field(
        validation_alias="TERTULIA_PEPPER",
        description="random text of at least 32 characters that stored digests of secrets depend on; keep a copy of it",
    )
    default_plan: str = Field(
        "unlimited", validation_alias="TERTULIA_DEFAULT_PLAN", description=f"one of {', '.join(PLANS)}"
    )

    @field_validator("master_key", "pepper")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < _MIN_SECRET:
            msg = f"is shorter than {_MIN_SECRET} characters"
            raise ValueError(msg)
        return value

    @field_validator("default_plan")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in PLANS:
            msg = "is not the name of a plan"
            raise ValueError(msg)
        return value

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")
