"""Rows as records: frozen structs whose fields are called as a table's are."""

from typing import Any, TypeVar

import msgspec
from sqlalchemy import Label, Result

from tertulia.orchestrator.models import Table

R = TypeVar("R", bound=msgspec.Struct)


def columns_of(table: type[Table], record: type[msgspec.Struct]) -> tuple[Label[Any], ...]:
    """What of a table a record is made of."""
    return tuple(getattr(table, name).label(name) for name in record.__struct_fields__)


def one_of(found: Result[*tuple[Any, ...]], record: type[R]) -> R | None:
    """None where nothing was found."""
    row = found.mappings().one_or_none()
    return None if row is None else record(**row)


def all_of(found: Result[*tuple[Any, ...]], record: type[R]) -> list[R]:
    return [record(**row) for row in found.mappings()]
