"""What a workspace wants done with each kind of personal data; a new workspace redacts all of them.

``redact``: a placeholder goes to the model and the value comes back in the answer. ``mask``: only the kind goes, and
nothing comes back. ``block``: the request is refused. ``allow``: it goes as it is.
"""

from collections.abc import Iterable
from typing import ClassVar, Literal

import msgspec

from tertulia.platform.errors import FieldError, Unprocessable

Action = Literal["redact", "mask", "block", "allow"]
KINDS = (
    "PERSON", "EMAIL", "PHONE", "ADDRESS", "BIRTH_DATE", "NATIONAL_ID", "SSN", "PASSPORT", "CARD", "IBAN", "WALLET",
    "SECRET", "TOKEN", "PRIVATE_KEY", "IP", "MAC",
)  # fmt: skip


class PersonalDataBlocked(Unprocessable):
    code, title = "personal_data_blocked", "The workspace does not let this leave"

    @classmethod
    def of(cls, kinds: Iterable[str]) -> "PersonalDataBlocked":
        """Names the kinds, never the values."""
        named = ", ".join(sorted(kinds))
        return cls(
            f"The workspace's privacy settings keep {named} from being sent. Take it out, or ask an admin.",
            errors=[FieldError("message", f"holds {named}")],
        )


class PrivacyPolicy(msgspec.Struct, frozen=True):
    """Kinds that are not named are redacted. ``allow_list``: values that are never personal data, in any case."""

    setting: ClassVar[str] = "privacy"
    kinds: dict[str, Action] = {}
    allow_list: tuple[str, ...] = ()

    def action(self, kind: str, value: str) -> Action:
        if self.allow_list and value.casefold() in {allowed.casefold() for allowed in self.allow_list}:
            return "allow"
        return self.kinds.get(kind, "redact")


REDACT_ALL = PrivacyPolicy()
