"""Where an answer of the API names the passages that it was given, as annotations of its message.

OpenAI's chat knows citations of addresses, its responses citations of files as well: each annotation here is the first
and holds the second, as ``file_citation``.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from tertulia.orchestrator.pipeline.attribute import CITATION
from tertulia.orchestrator.repository.chunks import Found

_MOST = 200


def annotations(text: str, sources: Sequence[Found]) -> list[dict[str, Any]]:
    """``sources`` in the order of their numbers, from 1; positions are characters of ``text``."""
    return list(islice(_annotations(text, sources), _MOST))


def _annotations(text: str, sources: Sequence[Found]) -> Iterator[dict[str, Any]]:
    for mark in CITATION.finditer(text):
        for number in map(int, mark[1].split(",")):
            if not 1 <= number <= len(sources):
                continue
            source = sources[number - 1]
            document = f"/api/knowledge-bases/{source.knowledge_base_id}/documents/{source.document_id}"
            yield {
                "type": "url_citation",
                "url_citation": {
                    "start_index": mark.start(),
                    "end_index": mark.end(),
                    "title": source.document_name,
                    "url": f"{document}/passages?around={source.id}",
                },
                "file_citation": {
                    "file_id": str(source.document_id),
                    "filename": source.document_name,
                    "index": mark.start(),
                },
            }


def as_of_responses(annotation: dict[str, Any]) -> dict[str, Any] | None:
    """An annotation of a chat's message as a response has it; None for a kind that it does not know."""
    for kind in ("file_citation", "url_citation"):
        if isinstance(told := annotation.get(kind), dict):
            return {"type": kind, **told}
    return None
