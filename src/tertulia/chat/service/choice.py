"""Which knowledge bases a conversation asks: only those that its person may use, which the orchestrator knows."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from tertulia.chat.clients import Orchestrator
from tertulia.chat.owner import Owner
from tertulia.chat.text import MAX_KNOWLEDGE_BASES
from tertulia.platform.errors import Unprocessable

_FIELD = "knowledge_base_ids"


class UnknownKnowledgeBase(Unprocessable):
    code: ClassVar[str] = "unknown_knowledge_base"
    title: ClassVar[str] = "No such knowledge base"


async def chosen(orchestrator: Orchestrator, owner: Owner, given: Sequence[str | UUID]) -> list[UUID]:
    """Each once, in the order given. Raises: UnknownKnowledgeBase; Unprocessable for too many."""
    if len(given) > MAX_KNOWLEDGE_BASES:
        raise Unprocessable(f"A conversation asks {MAX_KNOWLEDGE_BASES} knowledge bases at most.", param=_FIELD)
    try:
        wanted = list(dict.fromkeys(one if isinstance(one, UUID) else UUID(one) for one in given))
    except ValueError:
        raise UnknownKnowledgeBase("A knowledge base is named by its UUID.", param=_FIELD) from None
    if wanted and not set(wanted) <= await orchestrator.usable(owner, wanted):
        raise UnknownKnowledgeBase("There is no such knowledge base, or it is somebody else's.", param=_FIELD)
    return wanted
