"""The tables that every service's database has beside its own; ``migrations.create_platform_schema`` makes them."""

from sqlalchemy import Column, DateTime, LargeBinary, MetaData, SmallInteger, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

_now = func.now()

outbox = Table(
    "outbox",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("workspace_id", Uuid),
    Column("body", Text, nullable=False),
    Column("request_id", Text),
    Column("traceparent", Text),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("sent_at", DateTime(timezone=True)),
)

consumed_message = Table(
    "consumed_message",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("delivery_id", Uuid, primary_key=True),
    Column("consumed_at", DateTime(timezone=True), nullable=False, server_default=_now),
)

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("workspace_id", Uuid),
    Column("user_id", Uuid),
    Column("purpose", Text),
    Column("key", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("claim", Uuid, nullable=False),
    Column("claimed_until", DateTime(timezone=True), nullable=False),
    Column("status", SmallInteger),
    Column("headers", JSONB),
    Column("body", LargeBinary),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_now),
)
