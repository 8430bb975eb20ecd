"""Postgres: one pool for each service's own database, units of work that carry a tenant, and nothing else.

The only door to SQLAlchemy's engine and to psycopg. Tables, policies and queries belong to the services; sending what a
unit of work published belongs to ``outbox``.
"""

from tertulia.platform.db.database import Database
from tertulia.platform.db.erasure import erase_tenant
from tertulia.platform.db.group_commit import AtOnce, GroupCommit
from tertulia.platform.db.insist import insist
from tertulia.platform.db.pool import Rows, Statement
from tertulia.platform.db.scope import Scope, actor, credential, purpose, tenant
from tertulia.platform.db.session import Publisher, ReadSession, WriteSession

__all__ = [
    "AtOnce",
    "Database",
    "GroupCommit",
    "Publisher",
    "ReadSession",
    "Rows",
    "Scope",
    "Statement",
    "WriteSession",
    "actor",
    "credential",
    "erase_tenant",
    "insist",
    "purpose",
    "tenant",
]
