"""What was asked for and nobody will finish: its workers are gone, and so is its time."""

from uuid import UUID

import msgspec


class Lost(msgspec.Struct, frozen=True):
    workspace_id: UUID
    user_id: UUID
    id: UUID
