"""Knowledge bases, documents and passages, as people's clients see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tertulia.platform.names import Name

Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
Visibility = Literal["workspace", "private"]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewKnowledgeBase(Strict):
    """``private``: only who makes it can see and use it."""

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


class KnowledgeBaseView(BaseModel):
    id: UUID
    name: str
    description: str
    visibility: Visibility
    owner_id: UUID
    documents: int
    created_at: datetime


class DocumentError(BaseModel):
    code: str
    detail: str


class DocumentView(BaseModel):
    """``progress`` is from 0 to 1; ``size`` is in bytes."""

    id: UUID
    name: str
    status: Literal["queued", "parsing", "embedding", "ready", "failed"]
    progress: float
    chunks: int
    error: DocumentError | None
    media_type: str
    size: int
    source_url: str | None
    created_at: datetime
    updated_at: datetime


class DocumentAccepted(BaseModel):
    id: UUID
    status: str


class NewUrl(Strict):
    url: Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=2000)]


class SearchAsked(Strict):
    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    limit: Annotated[int, Field(ge=1, le=50)] = 8


class FoundPassage(BaseModel):
    """``score`` is the cosine of its embedding with the query's."""

    chunk_id: UUID
    document_id: UUID
    document_name: str
    text: str
    page: int | None
    heading: str | None
    score: float


class FoundPassages(BaseModel):
    data: list[FoundPassage]
    has_more: bool = False
    first_id: str | None = None
    last_id: str | None = None


class PassageView(BaseModel):
    chunk_id: UUID
    text: str
    page: int | None
    heading: str | None


class PassagesView(BaseModel):
    """A passage and its neighbours, in the document's order."""

    document_id: UUID
    document_name: str
    data: list[PassageView]
