"""Files that a request names by the ids of ``/v1/files``, put in their place: the items are whole without them.

A text is put in as text, so that every model reads it and it is redacted like all others; what is none goes on as data.
"""

import base64
from collections.abc import Iterable
from mimetypes import guess_type
from typing import Any
from uuid import UUID

from tertulia.orchestrator.repository.files import FileRecord
from tertulia.orchestrator.service.api_files import ApiFiles
from tertulia.orchestrator.service.request import wrong
from tertulia.orchestrator.service.responses.items import Item

_MOST_BYTES = 4 * 1024 * 1024
"""Of a request's files together: a conversation holds twice as much."""


async def attach(files: ApiFiles, place: tuple[UUID, UUID], items: Iterable[Item]) -> None:
    """``place``: the workspace and the person whose files they are. Raises: FileNotFound, Unprocessable."""
    left = _MOST_BYTES
    for item in items:
        content = item.get("content") or []
        for number, part in enumerate(content):
            if part["type"] == "input_file" and "file_id" in part:
                file = await files.find(*place, part["file_id"])
                left -= file.size
                if left < 0:
                    raise wrong("input", f"its files have more than {_MOST_BYTES // 1024**2} MB together")
                content[number] = await _whole(files, place[0], file)


async def _whole(files: ApiFiles, workspace_id: UUID, file: FileRecord) -> dict[str, Any]:
    content = b"".join([piece async for piece in files.content(workspace_id, file)])
    try:
        return {"type": "input_text", "text": f"{file.name}:\n\n{content.decode()}"}
    except UnicodeDecodeError:
        media_type = guess_type(file.name)[0] or "application/octet-stream"
        data = base64.b64encode(content).decode()
        return {"type": "input_file", "filename": file.name, "file_data": f"data:{media_type};base64,{data}"}
