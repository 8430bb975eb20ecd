"""What chat is told from outside; see ``platform.settings`` for where values come from."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from tertulia.platform.settings import Duration, ServiceSettings


class ChatSettings(ServiceSettings):
    service: ClassVar[str] = "chat"

    port: int = Field(3002, ge=0, le=65535, description="port to listen on")
    watch_every: Duration = Field(
        timedelta(seconds=3), description="how often streams are checked for answers whose end the log does not tell"
    )
    sweep_every: Duration = Field(
        timedelta(minutes=1), description="how often lost answers are ended and expired conversations deleted"
    )
    pool_size: int = Field(20, ge=1, description="database connections of one process")
