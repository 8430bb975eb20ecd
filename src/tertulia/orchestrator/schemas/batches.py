"""What ``/v1/files`` and ``/v1/batches`` take and answer, as OpenAI has it. Times are seconds."""

from typing import Annotated, Any, Literal

from pydantic import Field

from tertulia.platform.wire import Wire

SHORTEST, LONGEST = 3600, 30 * 24 * 3600
"""How long a file may be kept, in seconds."""


class FileView(Wire):
    id: str
    object: Literal["file"] = "file"
    bytes: int
    """Its size."""
    created_at: int
    """When it was uploaded, in seconds since 1970."""
    expires_at: int | None
    """When it is deleted, in seconds since 1970."""
    filename: str
    """Its name, as it was uploaded."""
    purpose: str
    """What it was uploaded for; `batch_output` is what a batch wrote."""
    status: Literal["processed"] = "processed"


class Deleted(Wire):
    id: str
    object: Literal["file"] = "file"
    deleted: Literal[True] = True


class ExpiresAfter(Wire):
    anchor: Literal["created_at"]
    """From when the seconds count."""
    seconds: Annotated[int, Field(ge=SHORTEST, le=LONGEST)]
    """How long it is kept: an hour to 30 days."""


class NewBatch(Wire):
    input_file_id: Annotated[str, Field(max_length=100)]
    """A file of calls, one JSON object a line, uploaded for the purpose `batch`."""
    endpoint: Literal["/v1/chat/completions", "/v1/responses", "/v1/embeddings"]
    """The path that every line calls."""
    completion_window: Literal["24h"]
    """Lines that are not answered by then expire."""
    metadata: Annotated[
        dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]] | None, Field(max_length=16)
    ] = None
    """Words of your own; they come back with the batch."""
    output_expires_after: ExpiresAfter | None = None
    """How long the files of answers are kept; left out, 30 days."""


class RequestCounts(Wire):
    total: int
    """Lines of the file."""
    completed: int
    """Lines with an answer."""
    failed: int
    """Lines with an error."""


class BatchView(Wire):
    id: str
    object: Literal["batch"] = "batch"
    endpoint: str
    """The path that every line calls."""
    errors: dict[str, Any] | None
    """Why the whole batch failed; null where it did not."""
    input_file_id: str
    """The file of calls."""
    completion_window: Literal["24h"] = "24h"
    """How long it may take."""
    status: str
    """As OpenAI's: `validating`, `in_progress`, `finalizing`, `completed`, `failed` and so on."""
    output_file_id: str | None
    """The file of answers, once there is one."""
    error_file_id: str | None
    """The file of refusals, once there is one."""
    created_at: int
    """Times are in seconds since 1970, and null where that has not happened."""
    expires_at: int
    """When its lines expire."""
    in_progress_at: int | None = None
    """When the first line was begun."""
    finalizing_at: int | None = None
    """When the last line was answered and the files were begun."""
    completed_at: int | None = None
    """When its files were there."""
    failed_at: int | None = None
    """When it failed."""
    expired_at: int | None = None
    """When it expired."""
    cancelling_at: int | None = None
    """When somebody cancelled it."""
    cancelled_at: int | None = None
    """When it had ended after that."""
    request_counts: RequestCounts
    """How many of its lines have what."""
    metadata: dict[str, str]
    """Words of its maker's."""


class FileList(Wire):
    object: Literal["list"] = "list"
    data: list[FileView]
    has_more: bool
    first_id: str | None
    last_id: str | None


class BatchList(Wire):
    object: Literal["list"] = "list"
    data: list[BatchView]
    has_more: bool
    first_id: str | None
    last_id: str | None
