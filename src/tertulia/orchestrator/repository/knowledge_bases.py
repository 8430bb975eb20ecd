"""Knowledge bases as one person sees them: the workspace's, and their own private ones."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    and_,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)

from tertulia.orchestrator.models import Document, KnowledgeBase
from tertulia.orchestrator.repository.rows import all_of, one_of
from tertulia.platform.db import Database, ReadSession, Statement, WriteSession, tenant
from tertulia.platform.pagination import Slice


class BaseRecord(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    description: str
    visibility: str
    owner_id: UUID
    created_at: datetime
    documents: int = 0


class Audience(msgspec.Struct, frozen=True):
    """Who may see a base, for many people from one look at it; ``_seen_by`` is the same rule in SQL."""

    visibility: str
    owner_id: UUID

    def holds(self, person_id: UUID) -> bool:
        return self.visibility == "workspace" or self.owner_id == person_id


def _seen_by(workspace: UUID | ColumnElement[UUID], person: UUID | ColumnElement[UUID]) -> ColumnElement[bool]:
    """The bases that a person may see in a workspace."""
    theirs = or_(KnowledgeBase.visibility == "workspace", KnowledgeBase.owner_id == person)
    return and_(KnowledgeBase.workspace_id == workspace, theirs)


def _asked(name: str) -> ColumnElement[UUID]:
    """An id that a ``Statement`` is given."""
    return literal_column(f"($1->>'{name}')::uuid", Uuid())


_REVISIONS = str(
    select(KnowledgeBase.id, KnowledgeBase.revision)
    .where(_seen_by(_asked("workspace"), _asked("person")), text("$1->'bases' ? knowledge_base.id::text"))
    .compile(compile_kwargs={"literal_binds": True})
)


class KnowledgeBases:
    def __init__(self, session: WriteSession | ReadSession, workspace_id: UUID, person_id: UUID) -> None:
        self._session = session
        self._workspace = workspace_id
        self._person = person_id

    async def add(self, base_id: UUID, name: str, description: str, visibility: str) -> BaseRecord:
        made = await self._session.execute(
            insert(KnowledgeBase)
            .values(
                workspace_id=self._workspace,
                id=base_id,
                owner_id=self._person,
                name=name,
                description=description,
                visibility=visibility,
            )
            .returning(KnowledgeBase.created_at)
        )
        return BaseRecord(base_id, name, description, visibility, self._person, made.scalar_one())

    async def get(self, base_id: UUID) -> BaseRecord | None:
        found = await self._session.execute(self._records().where(KnowledgeBase.id == base_id))
        return one_of(found, BaseRecord)

    async def keep(self, base_id: UUID) -> bool:
        """Until the transaction's end nobody deletes it. False when it is gone."""
        held = select(KnowledgeBase.id).where(self._is(base_id)).with_for_update(key_share=True, read=True)
        return (await self._session.execute(held)).scalar_one_or_none() is not None

    async def close(self, base_id: UUID) -> None:
        """Until the transaction's end no document comes in: who wants to bring one waits."""
        await self._session.execute(select(KnowledgeBase.id).where(self._is(base_id)).with_for_update())

    async def page(self, limit: int, after: UUID | None) -> Slice[BaseRecord]:
        """Newest first; ids are made in order."""
        query = self._records().order_by(KnowledgeBase.id.desc()).limit(limit + 1)
        if after is not None:
            query = query.where(KnowledgeBase.id < after)
        found = await self._session.execute(query)
        return Slice.of(all_of(found, BaseRecord), limit)

    async def change(self, base_id: UUID, values: dict[str, str]) -> None:
        await self._session.execute(update(KnowledgeBase).where(self._is(base_id)).values(**values))

    async def delete(self, base_id: UUID) -> None:
        """With its documents and passages; files are the caller's."""
        await self._session.execute(delete(KnowledgeBase).where(self._is(base_id)))

    async def revisions(self, base_ids: Sequence[UUID]) -> dict[UUID, int]:
        """Of those that this person may use."""
        return dict(await self._session.ask(_revisions(self._workspace, self._person, base_ids)))

    def _records(self) -> Select[tuple[object, ...]]:
        documents = (
            select(func.count())
            .where(Document.workspace_id == self._workspace, Document.knowledge_base_id == KnowledgeBase.id)
            .scalar_subquery()
        )
        shown = (getattr(KnowledgeBase, name) for name in BaseRecord.__struct_fields__ if name != "documents")
        return select(*shown, documents.label("documents")).where(self._visible)

    def _is(self, base_id: UUID) -> ColumnElement[bool]:
        return and_(self._visible, KnowledgeBase.id == base_id)

    @property
    def _visible(self) -> ColumnElement[bool]:
        return _seen_by(self._workspace, self._person)


async def revisions(
    database: Database, workspace_id: UUID, person_id: UUID, base_ids: Sequence[UUID]
) -> dict[UUID, int]:
    """As ``KnowledgeBases.revisions``, for those who ask nothing else."""
    (found,) = await database.look(tenant(workspace_id), _revisions(workspace_id, person_id, base_ids))
    return dict(found)


def _revisions(workspace_id: UUID, person_id: UUID, base_ids: Sequence[UUID]) -> Statement:
    return Statement(_REVISIONS, {"workspace": workspace_id, "person": person_id, "bases": base_ids})


async def audience(session: WriteSession | ReadSession, workspace_id: UUID, base_id: UUID) -> Audience | None:
    """None when the base is not there."""
    found = await session.execute(
        select(KnowledgeBase.visibility, KnowledgeBase.owner_id).where(
            KnowledgeBase.workspace_id == workspace_id, KnowledgeBase.id == base_id
        )
    )
    return one_of(found, Audience)
