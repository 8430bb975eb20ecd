"""Who may call a provider now: its limits, exact over all replicas, given out in fair order by tokens.

``gate`` is one provider's queue as this process sees it; ``scripts`` is what Valkey does with it in one step; ``local``
is the small allowance while Valkey is away; ``estimates`` says what a call will probably use. Which provider is asked,
and what happens when it fails, is ``providers.failover``'s.
"""

from tertulia.orchestrator.admission.admission import Admission
from tertulia.orchestrator.admission.gate import Gate, Permit
from tertulia.orchestrator.admission.types import (
    Ask,
    Bounds,
    NotAdmittedInTime,
    ProviderLimits,
    QueueFull,
    WorkspaceQueueFull,
)

__all__ = [
    "Admission",
    "Ask",
    "Bounds",
    "Gate",
    "NotAdmittedInTime",
    "Permit",
    "ProviderLimits",
    "QueueFull",
    "WorkspaceQueueFull",
]
