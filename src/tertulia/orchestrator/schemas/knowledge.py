"""Knowledge bases, documents and passages, as people's clients see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from tertulia.platform.names import Name
from tertulia.platform.wire import Wire

Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
Visibility = Literal["workspace", "private"]


class Strict(Wire):
    model_config = ConfigDict(extra="forbid")


class NewKnowledgeBase(Strict):
    name: Name
    description: Description = ""
    visibility: Visibility = "workspace"


class KnowledgeBaseChange(Strict):
    name: Name | None = None
    description: Description | None = None
    visibility: Visibility | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "KnowledgeBaseChange":
        if not self.model_dump(exclude_none=True):
            raise ValueError("say a name, a description or a visibility")
        return self


class KnowledgeBaseView(Wire):
    id: UUID
    name: str
    description: str
    visibility: Visibility
    owner_id: UUID
    """Who made it."""
    documents: int
    """How many it holds."""
    created_at: datetime


class DocumentError(Wire):
    code: str
    detail: str


class DocumentView(Wire):
    id: UUID
    name: str
    status: Literal["queued", "parsing", "embedding", "ready", "failed"]
    progress: float
    """How much of it is read, from 0 to 1."""
    chunks: int
    """How many passages it has."""
    error: DocumentError | None
    """Why it could not be read; null where nothing is wrong."""
    media_type: str
    """What its content is."""
    size: int
    """In bytes."""
    source_url: str | None
    """The address that it was fetched from; null for an upload."""
    created_at: datetime
    updated_at: datetime


class DocumentAccepted(Wire):
    id: UUID
    status: str


class NewUrl(Strict):
    url: Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=2000)]
    """A page or file on the public web."""


class SearchAsked(Strict):
    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    limit: Annotated[int, Field(ge=1, le=50)] = 8
    """How many passages at most."""


class FoundPassage(Wire):
    chunk_id: UUID
    document_id: UUID
    document_name: str
    text: str
    page: int | None
    heading: str | None
    score: float
    """The cosine of its embedding with the query's."""


class FoundPassages(Wire):
    data: list[FoundPassage]
    """The best first."""
    has_more: bool = False
    first_id: str | None = None
    last_id: str | None = None


class PassageView(Wire):
    chunk_id: UUID
    text: str
    page: int | None
    heading: str | None


class PassagesView(Wire):
    """A passage and its neighbours, in the document's order."""

    document_id: UUID
    document_name: str
    data: list[PassageView]
    """In the document's order."""
