"""What a chat turn goes through: its steps, what each waits for, and how long it may take."""

from datetime import timedelta

from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.pipeline.admit import Admit
from tertulia.orchestrator.pipeline.assistant import Chosen
from tertulia.orchestrator.pipeline.attribute import Attribute
from tertulia.orchestrator.pipeline.compose import Compose
from tertulia.orchestrator.pipeline.redact import Redact
from tertulia.orchestrator.pipeline.respond import Respond
from tertulia.orchestrator.pipeline.retrieve import Retrieve, Search, asks_documents
from tertulia.orchestrator.pipeline.reuse import LookUp, Reuse, keep, may_reuse, to_be_kept
from tertulia.orchestrator.pipeline.rewrite import Rewrite, Rewritten, leans_on_the_conversation
from tertulia.orchestrator.pipeline.route import Route, may_be_chosen
from tertulia.orchestrator.pipeline.runner import Pipeline, Step, one_after_another
from tertulia.orchestrator.pipeline.summarise import Summarise
from tertulia.orchestrator.pipeline.turn import Turn
from tertulia.orchestrator.pipeline.window import PATIENCE, FetchWindow
from tertulia.orchestrator.providers.failover import Failover
from tertulia.orchestrator.providers.registry import Catalogues
from tertulia.orchestrator.redaction import Redaction
from tertulia.orchestrator.settings import OrchestratorSettings

_RETRIEVED_WITHIN = timedelta(seconds=5)
_REWRITTEN_WITHIN = timedelta(seconds=3)
_SUMMARISED_WITHIN = timedelta(seconds=5)
_REUSED_WITHIN = timedelta(seconds=1)
_ATTRIBUTED_WITHIN = timedelta(seconds=2)


def turn_pipeline(
    settings: OrchestratorSettings,
    catalogues: Catalogues,
    failover: Failover,
    *,
    windows: FetchWindow,
    summarise: Summarise,
    redaction: Redaction,
    assistant: Chosen,
    rewritten: Rewritten,
    search: Search,
    look_up: LookUp,
    embedder: LocalEmbedder | None,
) -> Pipeline[Turn]:
    """A new step is a file beside this one and a line here."""
    compose = Compose(catalogues, settings.system_prompt, settings.output_reserve, assistant)
    attribute = Attribute(embedder)
    steps: list[Step[Turn]] = [
        Step("window", windows, timeout=PATIENCE),
        Step("route", Route(catalogues), needs=("window",), wanted=may_be_chosen),
        Step(
            "rewrite",
            Rewrite(assistant, rewritten),
            needs=("route",),
            timeout=_REWRITTEN_WITHIN,
            critical=False,
            wanted=leans_on_the_conversation,
        ),
        Step(
            "retrieve",
            Retrieve(search),
            needs=("rewrite",),
            timeout=_RETRIEVED_WITHIN,
            critical=False,
            wanted=asks_documents,
        ),
        Step(
            "summarise",
            summarise,
            needs=("route",),
            timeout=_SUMMARISED_WITHIN,
            critical=False,
            wanted=summarise.wanted,
        ),
        Step("redact", Redact(redaction), needs=("window",)),  # behind those that ask others: it computes
        Step("compose", compose, needs=("redact", "retrieve", "summarise")),
        Step("reuse", Reuse(look_up), needs=("compose",), timeout=_REUSED_WITHIN, critical=False, wanted=may_reuse),
        Step("admit", Admit(failover), needs=("reuse",), timeout=2 * settings.queue_wait, wanted=asks_a_model),
        Step("respond", Respond(failover), needs=("admit",), timeout=settings.longest_answer, wanted=asks_a_model),
        Step("keep", keep, needs=("respond",), timeout=_REUSED_WITHIN, critical=False, wanted=to_be_kept),
        Step("attribute", attribute, ("respond",), _ATTRIBUTED_WITHIN, critical=False, wanted=attribute.wanted),
    ]
    return Pipeline(
        one_after_another(steps) if settings.one_after_another else steps, tenant=lambda turn: turn.job.workspace_id
    )


def asks_a_model(turn: Turn) -> bool:
    return not turn.documents_do_not_tell and not turn.reused
