"""The orchestrator's tables, one module a concern. Who sees which row is said by the policies in ``migrations``."""

from tertulia.orchestrator.models.batch import Batch, BatchLine
from tertulia.orchestrator.models.conversation import StoredConversation
from tertulia.orchestrator.models.evaluation import EvalResult, EvalRun, EvalSet
from tertulia.orchestrator.models.file import StoredFile, StoredFilePart
from tertulia.orchestrator.models.generation import Generation, Step
from tertulia.orchestrator.models.key import WorkspaceKey
from tertulia.orchestrator.models.knowledge import Chunk, Document, KnowledgeBase
from tertulia.orchestrator.models.response import StoredResponse
from tertulia.orchestrator.models.setting import WorkspaceSetting
from tertulia.orchestrator.models.summary import ConversationSummary
from tertulia.orchestrator.models.table import Table
from tertulia.orchestrator.models.vault import VaultEntry

__all__ = [
    "Batch",
    "BatchLine",
    "Chunk",
    "ConversationSummary",
    "Document",
    "EvalResult",
    "EvalRun",
    "EvalSet",
    "Generation",
    "KnowledgeBase",
    "Step",
    "StoredConversation",
    "StoredFile",
    "StoredFilePart",
    "StoredResponse",
    "Table",
    "VaultEntry",
    "WorkspaceKey",
    "WorkspaceSetting",
]
