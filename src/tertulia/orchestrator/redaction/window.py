"""Redacts the texts of one window: found by patterns and a model, numbered by the vault, replaced by placeholders."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Protocol
from uuid import UUID

import structlog

from tertulia.orchestrator.redaction import findings, patterns
from tertulia.orchestrator.redaction.findings import Findings
from tertulia.orchestrator.redaction.names import NamesAway, NamesFinder, State
from tertulia.orchestrator.redaction.patterns import Found, merged
from tertulia.orchestrator.redaction.people import People
from tertulia.orchestrator.redaction.policy import REDACT_ALL, Action, PersonalDataBlocked, PrivacyPolicy
from tertulia.orchestrator.redaction.redactor import Number, Redactor, typed
from tertulia.orchestrator.redaction.seen import Seen

log = structlog.get_logger()

_LONG = 20_000
"""Characters that take longer than the loop should be held up."""

_MOST_SEEN = 20_000
_STEPS_TO_ASK = 2
"""Of the event loop, until the process that reads names has been asked: it reads while patterns look here."""

Policies = Callable[[UUID], Awaitable[PrivacyPolicy]]
"""What a workspace has chosen. Raises: Unavailable when that cannot be known."""


class Numbers(Protocol):
    async def numbers(self, workspace_id: UUID, values: Mapping[str, Found]) -> dict[str, Number]:
        """The numbers that these values have in the workspace, given to new ones. Never fails: it may know fewer."""
        ...


class Redaction:
    """Opens windows. Without ``names`` patterns alone look, without ``vault`` numbers count within a window."""

    def __init__(self, policies: Policies, names: NamesFinder | None = None, vault: Numbers | None = None) -> None:
        self._policies = policies
        self.names = names
        self.vault = vault
        self.people = People(_MOST_SEEN)
        self._seen = Seen[list[Found]](_MOST_SEEN)
        self._typed = Seen[frozenset[Number]](_MOST_SEEN)

    @property
    def names_state(self) -> State:
        return "missing" if self.names is None else self.names.state

    async def find_forms(self, workspace_id: UUID, texts: Sequence[str]) -> list[list[Found]]:
        """What patterns find in each; long texts are read in a thread."""
        found, new = self._seen.known(workspace_id, texts)
        if sum(map(len, new)) > _LONG:
            read = await asyncio.to_thread(lambda: [patterns.find(text) for text in new])
        else:
            read = [patterns.find(text) for text in new]
        found |= {text: self._seen.put(digest, some) for (text, digest), some in zip(new.items(), read, strict=True)}
        return [found[text] for text in texts]

    def typed(self, workspace_id: UUID, texts: Sequence[str]) -> set[Number]:
        """The placeholders that these hold already."""
        known, new = self._typed.known(workspace_id, texts)
        read = [self._typed.put(digest, typed(text)) for text, digest in new.items()]
        return set().union(*known.values(), *read)

    async def find_names(self, workspace_id: UUID, texts: Sequence[str]) -> list[list[Found]]:
        """Raises: NamesAway."""
        if self.names is None or self.names.state == "missing":
            raise NamesAway
        return await self.names.find(workspace_id, texts)

    async def look_through(self, text: str) -> Findings | None:
        """What is in a text that is kept, for whoever sends it later; None while names cannot be looked for."""
        named: list[Found] = []
        if self.names is not None and self.names.state != "missing":
            if self.names.state == "loading":
                return None
            try:
                named = await self.names.read(text)
            except NamesAway:
                return None
        return Findings(self.mark(text), merged(patterns.find(text), named))

    def mark(self, text: str) -> str:
        """What findings must bear to count for this text now."""
        model = "none" if self.names is None or self.names.state == "missing" else self.names.model
        return findings.mark(text, model)

    async def window(self, workspace_id: UUID) -> "RedactionWindow":
        """Raises: Unavailable."""
        return RedactionWindow(self, workspace_id, await self._policies(workspace_id))


class RedactionWindow:
    """Texts that are sent together, or one after the other: a value has one placeholder in all of them."""

    def __init__(self, redaction: Redaction, workspace_id: UUID, policy: PrivacyPolicy = REDACT_ALL) -> None:
        self._redaction = redaction
        self._workspace = workspace_id
        self._policy = policy
        self._redactor = Redactor(policy)
        self.without_names = False
        """The workspace wants names kept, and they could not be looked for."""

    @property
    def values(self) -> dict[str, str]:
        """Placeholder → value."""
        return self._redactor.values

    async def redact(self, texts: Sequence[str]) -> list[str]:
        """Raises: PersonalDataBlocked; NamesAway where names are to be blocked and cannot be looked for."""
        found = await self._numbered(texts)
        return [self._redactor.redact(text, some) for text, some in zip(texts, found, strict=True)]

    async def redact_each(self, texts: Sequence[str], known: Sequence[Findings | None] = ()) -> list[str | None]:
        """Each by itself: None for one that must not leave. ``known``: what was found in the first of them before.

        Raises: NamesAway where names are to be blocked and cannot be looked for.
        """
        found = await self._numbered(texts, known)
        return [self._left(text, some) for text, some in zip(texts, found, strict=True)]

    def _left(self, text: str, found: Sequence[Found]) -> str | None:
        try:
            return self._redactor.redact(text, found)
        except PersonalDataBlocked as blocked:
            log.info("text_left_out", code=blocked.code)
            return None

    async def _numbered(self, texts: Sequence[str], known: Sequence[Findings | None] = ()) -> list[list[Found]]:
        """What is in each; the values that need placeholders have got their numbers, all at once."""
        self._redactor.reserve(self._redaction.typed(self._workspace, texts))
        found = await self.find(texts, known)
        hidden: dict[str, Found] = {}
        for text, some in zip(texts, found, strict=True):
            hidden |= self._redactor.hidden(text, some)
        if hidden and self._redaction.vault is not None:
            self._redactor.number(await self._redaction.vault.numbers(self._workspace, hidden))
        return found

    def unrestored(self, answer: str) -> str:
        """An answer as the model gave it: the values that were put back become placeholders, its own words stay."""
        return self._redactor.unrestored(answer)

    async def find(self, texts: Sequence[str], known: Sequence[Findings | None] = ()) -> list[list[Found]]:
        """In each text, in order and without overlaps. Raises: NamesAway."""
        wanted = self._policy.names_wanted(installed=self._redaction.names_state != "missing")
        before = [self._counting(text, one, wanted) for text, one in zip_longest(texts, known)]
        new = [text for text, found in zip(texts, before, strict=True) if found is None]
        naming = asyncio.create_task(self._names(new, wanted))
        try:
            for _ in range(_STEPS_TO_ASK):
                await asyncio.sleep(0)
            forms = await self._redaction.find_forms(self._workspace, new)
            named = await naming
        finally:
            naming.cancel()
        read = iter(forms if named is None else [merged(*both) for both in zip(forms, named, strict=True)])
        found = [next(read) if one is None else one for one in before]
        again = self._redaction.people.in_any_case(self._workspace, texts, found)
        return [merged(*both) for both in zip(found, again, strict=True)]

    async def values_by_form(self, texts: Sequence[str]) -> list[list[str]]:
        """What patterns find in each text."""
        found = await self._redaction.find_forms(self._workspace, texts)
        return [[text[one.start : one.end] for one in some] for text, some in zip(texts, found, strict=True)]

    def _counting(self, text: str, known: Findings | None, wanted: Mapping[str, Action]) -> list[Found] | None:
        """What was found in a text before, as far as this workspace wants it looked for; None where it is not known."""
        if known is None or known.mark != self._redaction.mark(text):
            return None
        return [one for one in known.found if one.layer != "model" or one.kind in wanted]

    async def _names(self, texts: Sequence[str], wanted: Mapping[str, Action]) -> list[list[Found]] | None:
        if not wanted or not texts:
            return None
        try:
            named = await self._redaction.find_names(self._workspace, texts)
        except NamesAway:
            if "block" in wanted.values():
                raise
            log.warning("names_not_looked_for")
            self.without_names = True
            return None
        return [[one for one in some if one.kind in wanted] for some in named]
