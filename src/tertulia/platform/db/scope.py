"""Whose rows a transaction may see: the values that row-level security compares with.

A scope is set for one transaction and ends with it; with none, every table is empty. What a purpose or a credential
opens is written in each service's policies, not here.
"""

import re
from dataclasses import dataclass
from uuid import UUID

_PURPOSE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_CREDENTIAL = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True, slots=True)
class Scope:
    """``purpose`` names work that crosses tenants (``sweep``, ``relay``); ``credential`` is a secret's digest."""

    workspace_id: UUID | None = None
    user_id: UUID | None = None
    purpose: str | None = None
    credential: str | None = None

    def __post_init__(self) -> None:
        if self.purpose is not None and not _PURPOSE.fullmatch(self.purpose):
            raise ValueError(f"a purpose is a lower-case name, not {self.purpose!r}")
        if self.credential is not None and not _CREDENTIAL.fullmatch(self.credential):
            raise ValueError("a credential is given by its digest in hex or base64url")

    def begin(self, *, read_only: bool = False) -> str:
        """Opens the transaction and sets the scope in one round trip. No value can hold a quote: see the checks."""
        settings = [
            f"set_config('tertulia.{name}', '{value}', true)" for name, value in self._values().items() if value
        ]
        opening = "BEGIN READ ONLY" if read_only else "BEGIN"
        return f"{opening}; SELECT {', '.join(settings)}" if settings else opening

    def replacing(self) -> str:
        """Sets the scope in a transaction that is open, and takes away what an earlier one had set."""
        settings = [f"set_config('tertulia.{name}', '{value or ''}', true)" for name, value in self._values().items()]
        return f"SELECT {', '.join(settings)}"

    def _values(self) -> dict[str, UUID | str | None]:
        return {
            "workspace_id": self.workspace_id,
            "user_id": self.user_id,
            "purpose": self.purpose,
            "credential": self.credential,
        }


def tenant(workspace_id: UUID, user_id: UUID | None = None) -> Scope:
    return Scope(workspace_id=workspace_id, user_id=user_id)


def actor(user_id: UUID) -> Scope:
    return Scope(user_id=user_id)


def purpose(name: str) -> Scope:
    return Scope(purpose=name)


def credential(digest: str) -> Scope:
    return Scope(credential=digest)
