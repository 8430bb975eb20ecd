"""All of the orchestrator's SQL, one module a concern. Each class is built with a session and the tenant it is for.

Row-level security stands behind every query: what the session's scope does not open is not there.
"""

from tertulia.orchestrator.repository.claims import (
    Abandoned,
    Claim,
    Fenced,
    Held,
    claim,
    claim_abandoned,
    extend_leases,
    release,
)
from tertulia.orchestrator.repository.erasure import erase_workspace
from tertulia.orchestrator.repository.files import Files
from tertulia.orchestrator.repository.generations import (
    RECORD_NEW,
    Ended,
    Ending,
    Generations,
    forget_old_texts,
    recorded_rows,
)
from tertulia.orchestrator.repository.records import find
from tertulia.orchestrator.repository.summaries import ConversationSummaries

__all__ = [
    "RECORD_NEW",
    "Abandoned",
    "Claim",
    "ConversationSummaries",
    "Ended",
    "Ending",
    "Fenced",
    "Files",
    "Generations",
    "Held",
    "claim",
    "claim_abandoned",
    "erase_workspace",
    "extend_leases",
    "find",
    "forget_old_texts",
    "recorded_rows",
    "release",
]
