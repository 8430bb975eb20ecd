"""Rows as people's clients see them."""

import re
from collections.abc import Iterator

from tertulia.chat.models import Conversation, Message
from tertulia.chat.repository import Found
from tertulia.chat.schemas import (
    ConversationView,
    FoundConversation,
    MessageError,
    MessageView,
    MessageWarning,
    MoneyView,
    Range,
    SearchHit,
    SourcePart,
    TextPart,
    UsageView,
)
from tertulia.contracts.orchestrator import WARNINGS

_BEFORE, _SNIPPET = 60, 200
_QUERY_WORD = re.compile(r"(-?)(\w+)")


def conversation_view(row: Conversation) -> ConversationView:
    return ConversationView(
        id=row.id,
        title=row.title,
        title_status="provisional" if row.title_source == "provisional" else "final",
        knowledge_base_ids=row.knowledge_base_ids,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
        expires_at=row.expires_at,
    )


def message_view(row: Message) -> MessageView:
    cost = None
    if row.cost_amount is not None and row.cost_currency is not None:
        cost = MoneyView(amount=row.cost_amount, currency=row.cost_currency)
    return MessageView(
        id=row.id,
        conversation_id=row.conversation_id,
        parent_id=row.parent_id,
        role=row.role,
        status=row.status,
        parts=[TextPart(**part) if part["type"] == "text" else SourcePart(**part) for part in row.parts],
        model=row.model,
        usage=UsageView(**row.usage) if row.usage else None,
        cost=cost,
        error=MessageError(code=row.error_code, detail=row.error_detail) if row.error_code else None,
        warnings=[MessageWarning(code=code, detail=WARNINGS[code]) for code in row.warnings or () if code in WARNINGS],
        created_at=row.created_at,
    )


def hit_view(found: Found, typed: str) -> SearchHit:
    words = [word for minus, word in _QUERY_WORD.findall(typed) if not minus and word.lower() != "or"]
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + ")" if words else r"(?!)", re.IGNORECASE)
    snippet = _around_first(found.title if found.text is None else found.text, pattern)
    return SearchHit(
        conversation=FoundConversation(id=found.conversation_id, title=found.title, updated_at=found.updated_at),
        message_id=found.message_id,
        snippet=snippet,
        highlights=list(_ranges(snippet, pattern)),
    )


def _around_first(text: str, pattern: re.Pattern[str]) -> str:
    """One line of text with the first match in it, begun and ended between words."""
    match = pattern.search(text)
    start = max(0, match.start() - _BEFORE) if match else 0
    if start:
        start = text.find(" ", start, match.start() if match else None) + 1 or start
    piece = text[start : start + _SNIPPET]
    shown = " ".join(piece.split())
    return ("…" if start else "") + shown + ("…" if start + _SNIPPET < len(text) else "")


def _ranges(snippet: str, pattern: re.Pattern[str]) -> Iterator[Range]:
    for match in pattern.finditer(snippet):
        start = _units(snippet[: match.start()])
        yield Range(start=start, end=start + _units(match.group()))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
