"""The orchestrator, put together: settings, stores, providers, services, doors and workers."""

from collections.abc import Mapping
from hashlib import sha256

from tertulia.orchestrator.api import (
    answer_cache,
    batches,
    conversations,
    documents,
    evaluations,
    internal,
    knowledge_bases,
    models,
    own_providers,
    privacy,
    responses,
    routing,
)
from tertulia.orchestrator.api import assistant as assistant_settings
from tertulia.orchestrator.api import explanations as explanations_api
from tertulia.orchestrator.api.document import describe
from tertulia.orchestrator.api.openai import OpenAiDoors
from tertulia.orchestrator.clients import Chat
from tertulia.orchestrator.consumers import Consumers
from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.knowledge.blocks import MOST_FILE_BYTES
from tertulia.orchestrator.pipeline.assistant import Assistant
from tertulia.orchestrator.pipeline.chat_turn import turn_pipeline
from tertulia.orchestrator.pipeline.summarise import Summarise
from tertulia.orchestrator.pipeline.window import FetchWindow
from tertulia.orchestrator.redaction import NamesFinder, Redaction
from tertulia.orchestrator.redaction.policy import PrivacyPolicy
from tertulia.orchestrator.service.accounting import Accounts
from tertulia.orchestrator.service.answers import Answers
from tertulia.orchestrator.service.api_files import ApiFiles
from tertulia.orchestrator.service.asides import Asides
from tertulia.orchestrator.service.attached_files import AttachedFiles
from tertulia.orchestrator.service.batches.batches import BatchService
from tertulia.orchestrator.service.batches.running import BatchRuns
from tertulia.orchestrator.service.completions import Completions
from tertulia.orchestrator.service.embedding import Embedding
from tertulia.orchestrator.service.evaluated_answers import AnswerPrompts, EvaluatedAnswers
from tertulia.orchestrator.service.evaluating import EvaluationRuns
from tertulia.orchestrator.service.evaluations import Evaluations
from tertulia.orchestrator.service.explanations import Explanations
from tertulia.orchestrator.service.fetching import Fetching
from tertulia.orchestrator.service.ingestion import Ingestion
from tertulia.orchestrator.service.kept_answers import KeptAnswers
from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.knowledge import Knowledge
from tertulia.orchestrator.service.places import Places
from tertulia.orchestrator.service.popular import PopularSearches
from tertulia.orchestrator.service.preparing import Preparing
from tertulia.orchestrator.service.questions import Questions
from tertulia.orchestrator.service.records import Records
from tertulia.orchestrator.service.responses.background import Background
from tertulia.orchestrator.service.responses.conversations import Conversations
from tertulia.orchestrator.service.responses.kept import KeptResponses
from tertulia.orchestrator.service.responses.responses import Responses
from tertulia.orchestrator.service.retrieval import Retrieval
from tertulia.orchestrator.service.reused_completions import Reusing
from tertulia.orchestrator.service.running import Running
from tertulia.orchestrator.service.summaries import Summaries
from tertulia.orchestrator.service.titles import Titles
from tertulia.orchestrator.service.upkeep import keep_giving_up, keep_sweeping
from tertulia.orchestrator.service.vault import Vault
from tertulia.orchestrator.service.watching import Watching
from tertulia.orchestrator.service.workspace_settings import WorkspaceSettings
from tertulia.orchestrator.settings import OrchestratorSettings
from tertulia.orchestrator.sources import Sources
from tertulia.platform.bus import Bus
from tertulia.platform.db import Database
from tertulia.platform.envelopes import MasterKeys
from tertulia.platform.http import HttpClient, InternalClient
from tertulia.platform.identity import IdentityVerifier
from tertulia.platform.lifecycle import Service, fastapi_app
from tertulia.platform.limits import Limits
from tertulia.platform.outbox import Outbox
from tertulia.platform.pagination import Cursors
from tertulia.platform.sequence_log import LogReader
from tertulia.platform.settings import load
from tertulia.platform.signatures import load_private_key, load_trust
from tertulia.platform.valkey import Valkey

_PAGES_AT_ONCE = 4
_MOST_UPLOAD = MOST_FILE_BYTES + 1024 * 1024


def build(environ: Mapping[str, str]) -> Service:
    settings = load(OrchestratorSettings, environ)
    trust = load_trust(settings.trust_file)
    verifier = IdentityVerifier(trust.keys["gateway"])

    bus = Bus(settings.nats_url.get_secret_value(), "orchestrator", grace=settings.grace / 2)
    outbox = Outbox(bus)
    database = Database(
        settings.database_url.get_secret_value(),
        service="orchestrator",
        replica_url=settings.replica_url.get_secret_value() if settings.replica_url else None,
        outbox=outbox,
    )
    valkey = Valkey(settings.valkey_url.get_secret_value(), name="orchestrator")
    internal_http = InternalClient(settings.internal_url, "orchestrator", load_private_key(settings.key_file))
    embedder = LocalEmbedder(settings.embeddings_dir) if settings.embeddings_dir else None
    limits, chosen = Limits(valkey), WorkspaceSettings(database)
    keys = Keys(database, MasterKeys(settings.master_secrets))
    sources = Sources(settings, environ, valkey, chosen, keys)
    catalogues, failover, registry = sources.catalogues, sources.failover, sources.registry
    vault = Vault(database, keys)
    names = NamesFinder(settings.names_dir) if settings.names_dir else None
    redaction = Redaction(chosen.of(PrivacyPolicy), names, vault)
    assistant = chosen.of(Assistant)
    knowledge, api_files = Knowledge(database), ApiFiles(database, keys)
    retrieval = Retrieval(database, valkey, embedder, PopularSearches(valkey, keys))
    outside, of_calls = _public_http(), _public_http()
    ingestion = Ingestion(database, knowledge, Fetching(outside, knowledge), embedder, redaction)
    accounts, places = Accounts(database, limits), Places(limits)
    running = Running(database, settings.lease)
    asides = Asides(catalogues, failover, accounts, redaction)
    summarise = Summarise(
        catalogues, settings.system_prompt, settings.output_reserve, Summaries(database, valkey, keys, asides)
    )
    windows, answers_kept = FetchWindow(Chat(internal_http).window), KeptAnswers(valkey, keys, chosen, embedder)
    records, explanations = Records(database, keys), Explanations(database, keys)
    answers = Answers(
        database=database,
        valkey=valkey,
        accounts=accounts,
        places=places,
        running=running,
        windows=windows,
        pipeline=turn_pipeline(
            settings,
            catalogues,
            failover,
            windows=windows,
            summarise=summarise,
            redaction=redaction,
            assistant=assistant,
            rewritten=Questions(asides).rewritten,
            search=retrieval.search,
            look_up=answers_kept.look_up,
            embedder=embedder,
        ),
        records=records,
        explanations=explanations,
        afterwards=summarise.look_ahead,
    )
    completions, reader = Completions(failover, accounts), LogReader(valkey)
    reusing = Reusing(answers_kept, completions, accounts)
    attached = AttachedFiles(api_files, of_calls)
    preparing = Preparing(catalogues, redaction, retrieval, attached)
    embedding = Embedding(catalogues, failover, accounts, embedder, redaction=redaction)
    kept, conversing = KeptResponses(database, keys), Conversations(database, keys, attached.of)
    responding = Responses(
        database,
        kept,
        completions,
        settings.output_reserve,
        catalogues=catalogues,
        preparing=preparing,
        conversations=conversing,
    )
    background = Background(
        database,
        kept,
        responding,
        completions,
        conversations=conversing,
        places=places,
        valkey=valkey,
        reader=reader,
    )
    answer_prompts = AnswerPrompts(
        catalogues,
        assistant,
        system_prompt=settings.system_prompt,
        reserve=settings.output_reserve,
        judged=embedder is not None,
    )
    batch_runs = BatchRuns(
        database,
        keys,
        api_files,
        completions=completions,
        embedding=embedding,
        responses=responding,
        preparing=preparing,
    )
    consumers = Consumers(
        database,
        answers,
        running,
        settings.answers_at_once,
        chosen,
        keys=keys,
        own=sources.own,
        ingestion=ingestion,
        background=background,
        evaluations=EvaluationRuns(
            database,
            keys,
            Retrieval(database, valkey, embedder).search,
            EvaluatedAnswers(
                catalogues,
                completions,
                preparing,
                embedder=embedder,
                prompts=answer_prompts,
                chosen=assistant,
            ).answer,
        ),
        batches=batch_runs,
    )

    # Every replica has these secrets, so that each reads the others' cursors.
    cursors = Cursors(sha256(f"cursors {settings.master_secrets[-1]}".encode()).digest())
    app = fastapi_app("orchestrator", "Tertulia models", verifier=verifier, trust=trust, max_body=_MOST_UPLOAD)
    for router in (
        models.router(catalogues),
        knowledge_bases.router(database, knowledge, retrieval, cursors),
        documents.router(knowledge, Watching(database), cursors),
        internal.router(records, Titles(asides), knowledge),
        privacy.router(chosen, redaction, vault, cursors),
        assistant_settings.router(chosen),
        answer_cache.router(chosen),
        routing.router(chosen, catalogues),
        explanations_api.router(explanations),
        own_providers.router(sources.own),
        responses.router(kept, background),
        conversations.router(conversing),
        evaluations.router(database, Evaluations(database, keys, answer_prompts), cursors),
        batches.files_router(api_files),
        batches.batches_router(database, BatchService(database, api_files)),
    ):
        app.include_router(router)
    app.openapi = describe(app.openapi)  # type: ignore[method-assign]  # FastAPI's own way of extending the document
    doors = OpenAiDoors(
        app,
        verifier=verifier,
        catalogues=catalogues,
        accounts=accounts,
        places=places,
        completions=completions,
        embedding=embedding,
        preparing=preparing,
        reusing=reusing,
        responses=responding,
        begin=responses.BackgroundDoor(database, kept, background),
    )

    async def take_jobs() -> None:
        await bus.run(consumers.subscriptions())

    async def sweep() -> None:
        await keep_sweeping(database)

    async def give_up() -> None:
        await keep_giving_up(database, answers, running, (background, batch_runs), settings.abandoned_after)

    return Service(
        "orchestrator",
        doors,
        settings,
        resources=[
            valkey,
            reader,
            *sources.resources,
            outside,
            of_calls,
            internal_http,
            bus,
            database,
            accounts,
            summarise,
            completions,
            *(model for model in (embedder, names) if model is not None),
        ],
        # Without Valkey answers are kept until it is back, without the bus no job comes.
        checks={"database": database.check},
        workers=[outbox.run, take_jobs, running.keep_leases, places.keep, registry.run, sweep, give_up],
    )


def _public_http() -> HttpClient:
    return HttpClient(per_host=_PAGES_AT_ONCE, total=_PAGES_AT_ONCE, public_only=True)
