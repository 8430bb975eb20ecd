"""The published document is the truth: what it allows is answered as it says, what it forbids is refused, typed.

Requests are made from the document itself, good ones and bad ones, for every operation. A bounded sample: a minute in
all, another one each run.
"""

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.journeys.person import Person

if TYPE_CHECKING:
    from tests.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.filterwarnings("ignore")]

SECONDS = 60.0
EXAMPLES = 12
NOT_ASKED = {
    ("POST", "/api/auth/signup"),
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/refresh"),
    ("POST", "/api/auth/password"),
    ("POST", "/api/auth/logout"),
    ("DELETE", "/api/auth/sessions"),
    ("DELETE", "/api/auth/sessions/{session_id}"),
    ("DELETE", "/api/workspaces/{workspace_id}"),
    ("DELETE", "/api/workspaces/{workspace_id}/membership"),
}
"""What would use up this address's tries at secrets, or end the caller's own session or workspace."""
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
def test_every_operation_is_as_published(stack: "Stack", mode: GenerationMode) -> None:
    """No 5xx, only published statuses and media types, bodies as their schemas; every answer has its request id."""
    person = Person.signs_up(stack.url)
    document = httpx2.get(f"{stack.url}/api/openapi.json").raise_for_status().json()
    headers = {"authorization": f"Bearer {person.token}"}
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=stack.url)
    until = time.monotonic() + SECONDS / 2
    chance = int(time.time())
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if (operation.method.upper(), operation.path) in NOT_ASKED:
            continue

        @seed(chance)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def is_as_published(case: schemathesis.Case) -> None:
            nonlocal asked
            if time.monotonic() > until and asked:
                return
            asked += 1
            _at_home(case, person)
            answer = case.call(headers=headers, timeout=20)
            try:
                case.validate_response(answer, checks=CHECKS)
                assert answer.headers["x-request-id"]
            except BaseException as failure:
                failure.add_note(_told(stack, case, answer))
                raise

        with suppress(Unsatisfiable):  # nothing can be wrong with a request that takes nothing
            is_as_published()
    assert asked


def _told(stack: "Stack", case: schemathesis.Case, answer: schemathesis.Response) -> str:
    """The whole request and answer, and what the services have written about it."""
    request_id = (answer.headers.get("x-request-id") or ["none"])[0]
    lines = stack.lines_of(request_id) or ["no line of any service"]
    said = [f"{name}: {value}" for name, values in answer.headers.items() for value in values]
    return "\n".join(
        [case.as_curl_command(), f"→ {answer.status_code} after {answer.elapsed:.2f} s", *said, answer.text, *lines]
    )


def _at_home(case: schemathesis.Case, person: Person) -> None:
    """A made-up workspace is nobody's, and would end every call at the gateway: mostly it is the caller's own."""
    if "workspace_id" in case.path_parameters:
        case.path_parameters["workspace_id"] = person.workspace["id"]
    case.headers.pop("X-Workspace-ID", None)
