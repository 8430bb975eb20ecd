"""The gateway's settings: what every process has (it has no database), and its own."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from tertulia.platform.settings import Duration, ProcessSettings


class GatewaySettings(ProcessSettings):
    port: int = Field(4010, ge=0, le=65535, description="port to listen on")
    web_dir: Path | None = Field(
        None, validation_alias="TERTULIA_WEB_DIR", description="directory of the built web page (web/dist)"
    )
    cors_origins: str = Field(
        "",
        validation_alias="TERTULIA_CORS_ORIGINS",
        description="other origins whose pages may call the API with a person's cookie, separated by commas",
    )
    remember: Duration = Field(timedelta(seconds=60), description="how long a credential is not asked about again")
    remember_while_away: Duration = Field(
        timedelta(minutes=15), description="how long what was known of a credential serves while auth is away"
    )
    flood_per_minute: int = Field(
        6000, ge=1, description="calls a minute from one address that prove nothing about themselves"
    )

    @property
    def origins(self) -> frozenset[str]:
        return frozenset(origin.strip().rstrip("/") for origin in self.cors_origins.split(",") if origin.strip())
