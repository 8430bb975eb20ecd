"""Gives each value found in a window its placeholder: ``[EMAIL_1]``, the same for the same value throughout.

A placeholder that somebody typed keeps its meaning: its number is never given to a value, so it is never restored.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence

from tertulia.orchestrator.redaction import patterns
from tertulia.orchestrator.redaction.patterns import Found
from tertulia.orchestrator.redaction.policy import REDACT_ALL, PersonalDataBlocked, PrivacyPolicy

SPACE = r" \t\r\n\u00a0\u202f"
TYPED = re.compile(
    rf"\[[{SPACE}]{{0,3}}([A-Za-z](?:[A-Za-z_{SPACE}\\-]{{0,14}}[A-Za-z])?)[_{SPACE}\\-]{{1,3}}([0-9]{{1,6}})[{SPACE}]{{0,3}}\]"
)
"""A placeholder as people and models write it: any case, ``_``, ``-``, a space or an escaped ``_`` between."""


def normal(kind: str, number: str) -> tuple[str, int]:
    return "".join(character for character in kind.upper() if character.isalpha()), int(number)


class Redactor:
    """One window's values. Redact the whole window with one redactor, and restore its answer with ``values``."""

    def __init__(
        self, policy: PrivacyPolicy = REDACT_ALL, find: Callable[[str], Sequence[Found]] = patterns.find
    ) -> None:
        self._policy = policy
        self._find = find
        self._placeholders: dict[str, str] = {}
        self._counts: dict[str, int] = defaultdict(int)
        self._reserved: set[tuple[str, int]] = set()

    @property
    def values(self) -> dict[str, str]:
        """Placeholder → value."""
        return {placeholder: value for value, placeholder in self._placeholders.items()}

    def reserve(self, text: str) -> None:
        """Note the placeholders that a text holds already. All texts are noted before any is redacted."""
        if "[" in text:
            self._reserved.update(normal(*match.groups()) for match in TYPED.finditer(text))

    def redact(self, text: str) -> str:
        """Raises: PersonalDataBlocked."""
        found = self._find(text)
        if not found:
            return text
        kept: list[str] = []
        blocked: set[str] = set()
        at = 0
        for one in found:
            value = text[one.start : one.end]
            action = self._policy.action(one.kind, value)
            if action == "block":
                blocked.add(one.kind)
            elif action != "allow":
                kept += text[at : one.start], self._written(one.kind, value, restored=action == "redact")
                at = one.end
        if blocked:
            raise PersonalDataBlocked.of(blocked)
        kept.append(text[at:])
        return "".join(kept)

    def _written(self, kind: str, value: str, *, restored: bool) -> str:
        return self._placeholder(kind, value) if restored else f"[{kind}]"

    def redact_all(self, texts: Sequence[str]) -> list[str]:
        """A window's texts, oldest first. Raises: PersonalDataBlocked."""
        for text in texts:
            self.reserve(text)
        return [self.redact(text) for text in texts]

    def _placeholder(self, kind: str, value: str) -> str:
        known = self._placeholders.get(value)
        if known is None:
            self._counts[kind] += 1
            while normal(kind, str(self._counts[kind])) in self._reserved:
                self._counts[kind] += 1
            known = self._placeholders[value] = f"[{kind}_{self._counts[kind]}]"
        return known
