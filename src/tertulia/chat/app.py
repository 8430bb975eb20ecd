"""Puts chat together: its database, the log it reads, the bus, its doors and its workers."""

from collections.abc import Mapping
from hashlib import sha256

from tertulia.chat.api import conversations
from tertulia.chat.api.internal import WindowDoor
from tertulia.chat.api.turns import MAX_BODY, TurnDoors, describe
from tertulia.chat.clients import Orchestrator
from tertulia.chat.consumers import Consumers
from tertulia.chat.service import upkeep
from tertulia.chat.service.answer_stream import AnswerStreams
from tertulia.chat.service.turn import Turns
from tertulia.chat.service.watch import AnswerWatch
from tertulia.chat.service.windows import Windows
from tertulia.chat.settings import ChatSettings
from tertulia.platform.bus import Bus
from tertulia.platform.db import Database
from tertulia.platform.http import InternalClient
from tertulia.platform.identity import IdentityVerifier
from tertulia.platform.lifecycle import Service, fastapi_app
from tertulia.platform.limits import Limits
from tertulia.platform.outbox import Outbox
from tertulia.platform.pagination import Cursors
from tertulia.platform.sequence_log import LogReader
from tertulia.platform.settings import load
from tertulia.platform.signatures import load_private_key, load_trust
from tertulia.platform.valkey import Valkey


def build(environ: Mapping[str, str]) -> Service:
    settings = load(ChatSettings, environ)
    key = load_private_key(settings.key_file)
    trust = load_trust(settings.trust_file)
    verifier = IdentityVerifier(trust.keys["gateway"])

    bus = Bus(settings.nats_url.get_secret_value(), "chat")
    outbox = Outbox(bus)
    database = Database(
        settings.database_url.get_secret_value(),
        service="chat",
        replica_url=settings.replica_url.get_secret_value() if settings.replica_url else None,
        pool_size=settings.pool_size,
        outbox=outbox,
    )
    valkey = Valkey(settings.valkey_url.get_secret_value(), name="chat")
    log = LogReader(valkey)
    client = InternalClient(settings.internal_url, "chat", key)
    watch = AnswerWatch(database, every=settings.watch_every)
    orchestrator = Orchestrator(client)
    windows = Windows(database)
    consumers = Consumers(database, orchestrator, watch)

    # Every replica of chat has this key, so that each reads the others' cursors.
    cursors = Cursors(sha256(b"cursors" + key.private_bytes_raw()).digest())
    app = fastapi_app("chat", "Tertulia chat", verifier=verifier, trust=trust, max_body=MAX_BODY)
    app.include_router(conversations.router(database, cursors, orchestrator, windows))
    app.openapi = describe(app.openapi)  # type: ignore[method-assign] # FastAPI's own way of extending the document
    doors = TurnDoors(
        WindowDoor(app, windows=windows, trust=trust),
        database=database,
        turns=Turns(database, log, orchestrator, windows),
        streams=AnswerStreams(database, log, watch),
        limits=Limits(valkey),
        verifier=verifier,
    )

    async def hear() -> None:
        await bus.run(consumers.subscriptions())

    async def keep_up() -> None:
        await upkeep.run(database, every=settings.sweep_every)

    return Service(
        "chat",
        doors,
        settings,
        resources=[valkey, log, client, database, consumers, bus],
        # Without Valkey answers are told from the database, without the bus they wait in the outbox.
        checks={"database": database.check},
        workers=[outbox.run, hear, keep_up, watch.run],
    )
