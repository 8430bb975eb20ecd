"""`tertulia doctor` beside a Tertulia that runs: it tells of workspaces' keys that open no more."""

import os
import subprocess
import sys
from typing import Any
from uuid import UUID

import pytest

from tests.journeys.person import Person
from tests.journeys.test_mid_turn import database
from tests.journeys.waiting import eventually

pytestmark = pytest.mark.journey


def doctor(stack: Any) -> tuple[int, str]:
    own = {"TERTULIA_HOME": str(stack.home), "TERTULIA_PORT": str(stack.tertulia.port), "TERTULIA_LOCAL_MODEL": "off"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TERTULIA_", "OPENAI_"))}
    ended = subprocess.run(
        [sys.executable, "-m", "tertulia.cli", "doctor"],
        env=kept | own,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_keys_that_open_no_more_are_told(stack: Any) -> None:
    """Wrapped with another master key, damaged, or lost and made anew: each with what to do."""
    people = [Person.signs_up(stack.url) for _ in range(3)]
    books = database(stack, "orchestrator")
    for person in people:
        person.asks("Hello. [[sim: tokens=2]]")
        kept = UUID(person.workspace["id"])
        eventually(
            lambda of=kept: books.rows("SELECT 1 FROM generation WHERE workspace_id = %s AND said IS NOT NULL", of)  # type: ignore[misc]  # the loop's own
        )
    code, well = doctor(stack)
    assert "all can be opened" in well
    assert code == 0, well
    for person, change in zip(
        people,
        ("master_key_id = 'another'", "wrapped = 'nonsense, of some length at least'", "created_at = now()"),
        strict=True,
    ):
        books.rows(f"UPDATE workspace_key SET {change} WHERE workspace_id = %s", UUID(person.workspace["id"]))  # noqa: S608 - ours
    code, told = doctor(stack)
    assert code == 1
    assert "keys of 1 workspaces are wrapped with master key another" in told
    assert "keys of 1 workspaces are damaged" in told
    assert "1 workspaces have sealed content that is older than their key" in told
