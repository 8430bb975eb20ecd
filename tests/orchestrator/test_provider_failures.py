"""Which failure an error answer is, and how long its provider asks to be left alone."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tertulia.orchestrator.providers.failures import (
    ProviderBlocked,
    ProviderBusy,
    ProviderFailed,
    ProviderFailure,
    ProviderMisconfigured,
    ProviderRejected,
    refusal,
)
from tertulia.orchestrator.providers.port import believable, usage_told

TOLD = b'{"error": {"message": "No machine here takes images.", "code": 404}}'


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "7"}, timedelta(seconds=7)),
        ({"retry-after": "0.5"}, timedelta(seconds=0.5)),
        ({"retry-after-ms": "250", "retry-after": "7"}, timedelta(milliseconds=250)),
        ({"retry-after-ms": "soon", "retry-after": "7"}, timedelta(seconds=7)),
        ({"retry-after": "-3"}, timedelta()),
        ({"retry-after": "1e300"}, timedelta(minutes=5)),
        ({"retry-after": "inf"}, timedelta(minutes=5)),
        ({"retry-after": "99999999999999999999"}, timedelta(minutes=5)),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 -2359"}, timedelta(minutes=5)),
        ({"retry-after": "nan"}, timedelta(seconds=1)),
        ({"retry-after": "86400"}, timedelta(minutes=5)),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, timedelta()),
        ({"retry-after": "Wed, 21 Oct 9999 07:28:00 GMT"}, timedelta(minutes=5)),
        ({}, timedelta(seconds=1)),
    ],
)
def test_a_wait_is_read_however_it_is_said(headers: dict[str, str], wait: timedelta) -> None:
    """Milliseconds before seconds before a date; never negative, never longer than five minutes."""
    failure = refusal(429, headers, b"{}")
    assert isinstance(failure, ProviderBusy)
    assert failure.retry_after == wait


def test_a_date_is_a_wait_from_now() -> None:
    """As long as it is still ahead, to the second in which HTTP writes dates."""
    failure = refusal(429, {"retry-after": format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)}, b"")
    assert failure.retry_after is not None
    assert timedelta(minutes=1) < failure.retry_after <= timedelta(minutes=2)


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (404, b"<html>nginx</html>", ProviderMisconfigured),
        (405, b"", ProviderMisconfigured),
        (404, b'{"error": {"message": "x does not exist", "type": "NotFoundError"}}', ProviderMisconfigured),
        (
            404,
            b'{"error": {"message": "model \\"x\\" not found, try pulling it first", "type": "x"}}',
            ProviderMisconfigured,
        ),
        (404, b'{"error": {"code": "DeploymentNotFound", "message": "no deployment"}}', ProviderMisconfigured),
        (400, b'{"error": {"message": "The model does not exist in this schema"}}', ProviderRejected),
        (
            403,
            b'{"error": {"message": "no", "metadata": {"reasons": ["hate"], "flagged_input": "x"}}}',
            ProviderBlocked,
        ),
        (403, b'{"error": {"message": "no", "metadata": {}}}', ProviderMisconfigured),
        (400, b'{"error": {"message": "no", "code": "content_filter"}}', ProviderBlocked),
        (404, TOLD, ProviderRejected),
        (413, b"", ProviderRejected),
        (408, b"", ProviderFailed),
        (409, b"{}", ProviderFailed),
        (425, b"{}", ProviderFailed),
        (302, b"", ProviderFailed),
        (529, b'{"error":' * 50_000, ProviderFailed),
        (404, b'{"error": {"message": "%b"}}' % (b"model " * 10_000), ProviderRejected),
    ],
)
def test_a_status_is_somebodys_fault(status: int, body: bytes, failure: type[ProviderFailure]) -> None:
    """The asker's own is told to the asker; ours, and what passes by itself, is tried elsewhere. A body that nobody can
    read changes nothing.
    """
    assert type(refusal(status, {}, body)) is failure


@pytest.mark.parametrize(
    ("prompt", "said", "believed"), [(500, 500, True), (4000, 4000, True), (4001, 1, False), (1, 99_999_999, False)]
)
def test_more_than_the_window_holds_is_not_charged(prompt: int, said: int, believed: bool) -> None:
    """Several answers may be asked for at once, or the window be larger than we know: four of it are believed. Beyond
    that we count.
    """
    told = {"prompt_tokens": prompt, "completion_tokens": said}
    assert (usage_told(believable(told, 1000)) is not None) is believed


@pytest.mark.parametrize("told", [None, "many", {"prompt_tokens": -1}, {"prompt_tokens": 10**30}])
def test_what_is_no_usage_stays_none(told: object) -> None:
    """And breaks nothing."""
    assert usage_told(believable(told, 1000)) is None
