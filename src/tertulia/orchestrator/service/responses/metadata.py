"""Metadata of responses and conversations: names and texts of the client's own, within OpenAI's bounds."""

from typing import Any

from tertulia.orchestrator.service.request import wrong

_MOST, _LONGEST_NAME, _LONGEST_VALUE = 16, 64, 512


def require_metadata(metadata: dict[str, Any] | None) -> None:
    """Raises: Unprocessable."""
    told = metadata or {}
    if len(told) > _MOST:
        raise wrong("metadata", f"may hold {_MOST} pairs at most")
    for name, value in told.items():
        if len(name) > _LONGEST_NAME:
            raise wrong("metadata", f"a name may have {_LONGEST_NAME} characters at most")
        if not isinstance(value, str) or len(value) > _LONGEST_VALUE:
            raise wrong(f"metadata.{name}", f"must be a text of {_LONGEST_VALUE} characters at most")
