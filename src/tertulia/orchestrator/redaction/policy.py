"""What a workspace wants done with each kind of personal data; a new one redacts all but places and organisations.

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
    "SECRET", "TOKEN", "PRIVATE_KEY", "IP", "MAC", "PLACE", "ORGANISATION",
)  # fmt: skip
NAMES = ("PERSON", "PLACE", "ORGANISATION")
"""What the model looks for."""

_ALLOWED_AT_FIRST = frozenset({"PLACE", "ORGANISATION"})
"""A question about a place or a company is mostly about the world: with a placeholder nobody could answer it."""


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
    """``kinds``: those that were chosen. ``allow_list``: values that are never personal data, in any case."""

    setting: ClassVar[str] = "privacy"
    kinds: dict[str, Action] = {}
    allow_list: tuple[str, ...] = ()

    def action(self, kind: str, value: str) -> Action:
        if self.allow_list and value.casefold() in {allowed.casefold() for allowed in self.allow_list}:
            return "allow"
        return self.chosen(kind)

    def chosen(self, kind: str) -> Action:
        return self.kinds.get(kind, "allow" if kind in _ALLOWED_AT_FIRST else "redact")

    def names_wanted(self, *, installed: bool) -> dict[str, Action]:
        """The kinds that the model is to look for, and what is to be done with them.

        Where there is no model only what somebody has chosen counts: nobody is warned of what they never asked for.
        """
        looked_for = NAMES if installed else [kind for kind in NAMES if kind in self.kinds]
        return {kind: action for kind in looked_for if (action := self.chosen(kind)) != "allow"}


REDACT_ALL = PrivacyPolicy()
