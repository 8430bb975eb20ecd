"""A file that a request names by its address is fetched from public servers alone, within bounds, and read as any."""

from collections.abc import AsyncIterator
from uuid import uuid4

import openai
import pytest

from tertulia.orchestrator.schemas.openai import GivenFile
from tertulia.orchestrator.service import attached_files
from tertulia.orchestrator.service.api_files import ApiFiles
from tertulia.orchestrator.service.attached_files import AttachedFiles, FileUnreadable, RequestFiles
from tertulia.platform.errors import Unprocessable
from tertulia.platform.http import HttpClient
from tests.orchestrator.conftest import Running
from tests.orchestrator.knowledge import files
from tests.orchestrator.knowledge.test_fetching import says, serving
from tests.orchestrator.test_attached_files import by_chat, by_response


@pytest.fixture
async def reading() -> AsyncIterator[RequestFiles]:
    """By a client that may connect to this machine."""
    async with HttpClient() as http:
        yield AttachedFiles(ApiFiles.__new__(ApiFiles), http).of(uuid4(), uuid4())


async def test_a_file_is_fetched_and_read(reading: RequestFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the last part of its address, or the name that it is given; in the letters that its server says."""
    pdf = says("200 OK\r\nConnection: close", files.pdf("Rent is due in May."))
    async with serving(pdf, monkeypatch) as url:
        told = await reading("input.0", GivenFile(file_url=f"{url}/the%20rent.pdf?x=1"))
        named = await reading("input.0", GivenFile(file_url=url, filename="mine.pdf"))
    assert told == "the rent.pdf:\n\n(page 1)\nRent is due in May."
    assert named.startswith("mine.pdf:")
    letters = says("200 OK\r\nConnection: close\r\nContent-Type: text/plain; charset=koi8-r", "Да".encode("koi8-r"))
    async with serving(letters, monkeypatch) as url:
        assert await reading("input.0", GivenFile(file_url=url)) == "page:\n\nДа"


async def test_what_cannot_be_fetched_says_why(reading: RequestFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the field; a redirect is looked at like the first address."""
    inside = says("302 Found\r\nContent-Length: 0\r\nLocation: http://127.0.0.1/")
    for answer, reason in (
        (inside, "url_not_allowed"),
        (says("404 Not Found\r\nContent-Length: 0"), "url_not_reached"),
    ):
        async with serving(answer, monkeypatch) as url:
            with pytest.raises(FileUnreadable) as refused:
                await reading("input.0", GivenFile(file_url=url))
        assert (refused.value.openai_code, refused.value.param) == (reason, "input.0")


async def test_all_files_of_a_request_have_one_bound(reading: RequestFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those whose servers do not say how long they are."""
    monkeypatch.setattr(attached_files, "MOST_FILE_BYTES", 100_000)
    few = AttachedFiles(ApiFiles.__new__(ApiFiles), reading._http).of(uuid4(), None)
    async with serving(says("200 OK\r\nConnection: close", b"", b"x" * 65536), monkeypatch) as url:
        with pytest.raises(Unprocessable, match="MB together"):
            await few("input.0", GivenFile(file_url=url))


@pytest.mark.integration
@pytest.mark.parametrize(
    "address", ["http://127.0.0.1/a.pdf", "http://localhost/a.pdf", "http://[::1]/a", "file:///etc/passwd", "nowhere"]
)
async def test_nothing_of_our_own_is_fetched(running: Running, address: str) -> None:
    """Through every door; no provider is asked."""
    client, marker = running.sdk(), uuid4().hex
    for door, where in ((by_chat, "messages.0.content.1.file"), (by_response, "input.0.content.1")):
        with pytest.raises(openai.UnprocessableEntityError) as refused:
            await door(client, marker, {"file_url": address})
        assert refused.value.code in ("url_not_allowed", "url_not_reached")
        assert refused.value.param == where
    assert running.simulated.of(marker) == []


@pytest.mark.integration
async def test_a_file_is_given_in_one_way(running: Running) -> None:
    """Of two, one would be passed over."""
    both = {"file_url": "https://example.com/a", "file_data": "YQ=="}
    for door in (by_chat, by_response):
        with pytest.raises(openai.UnprocessableEntityError, match="give one of"):
            await door(running.sdk(), "read", both)
