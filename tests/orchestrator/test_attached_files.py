"""Files that come within calls are read here and sent as redacted text through every door, or refused with a reason."""

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import openai
import pytest
from openai import AsyncOpenAI

from tertulia.orchestrator.service import attached_files
from tertulia.orchestrator.service.api_files import ApiFiles
from tertulia.orchestrator.service.attached_files import MOST_CHARACTERS, MOST_FILES, AttachedFiles, FilesBusy
from tertulia.platform.http import HttpClient
from tests.orchestrator.conftest import Running
from tests.orchestrator.knowledge import files
from tests.orchestrator.test_batches import begin, lines_of, until

CARD, NAME = "4111 1111 1111 1111", "Zoe Quartermaine"
TEXT = f"My name is {NAME}. My card is {CARD}."
Part = dict[str, Any]


def data(name: str, content: bytes) -> Part:
    return {"filename": name, "file_data": f"data:application/octet-stream;base64,{base64.b64encode(content).decode()}"}


async def stored(client: AsyncOpenAI, name: str, content: bytes) -> Part:
    return {"file_id": (await client.files.create(file=(name, content), purpose="user_data")).id}


def chat(said: str, *given: Part) -> dict[str, Any]:
    parts = [{"type": "text", "text": said}, *({"type": "file", "file": one} for one in given)]
    return {"model": "sim-fast", "messages": [{"role": "user", "content": parts}]}


def response(said: str, *given: Part) -> dict[str, Any]:
    parts = [{"type": "input_text", "text": said}, *({"type": "input_file", **one} for one in given)]
    return {"model": "sim-fast", "input": [{"role": "user", "content": parts}]}


async def by_chat(client: AsyncOpenAI, said: str, *given: Part) -> str:
    made = await client.chat.completions.create(**chat(said, *given))
    return made.choices[0].message.content or ""


async def by_streamed_chat(client: AsyncOpenAI, said: str, *given: Part) -> str:
    stream = await client.chat.completions.create(**chat(said, *given), stream=True)
    return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])


async def by_response(client: AsyncOpenAI, said: str, *given: Part) -> str:
    return str((await client.responses.create(**response(said, *given))).output_text)


async def by_batch(client: AsyncOpenAI, body: dict[str, Any], endpoint: str) -> dict[str, Any]:
    line = {"custom_id": "a", "method": "POST", "url": endpoint, "body": body}
    done = await until(client, (await begin(client, [line], endpoint)).id, "completed")
    (told,) = await lines_of(client, done.output_file_id or done.error_file_id)
    return dict(told["response"])


async def by_chat_batch(client: AsyncOpenAI, said: str, *given: Part) -> str:
    told = await by_batch(client, chat(said, *given), "/v1/chat/completions")
    return str(told["body"]["choices"][0]["message"]["content"])


async def by_response_batch(client: AsyncOpenAI, said: str, *given: Part) -> str:
    told = await by_batch(client, response(said, *given), "/v1/responses")
    return str(told["body"]["output"][0]["content"][0]["text"])


Door = Callable[..., Awaitable[str]]
DOORS = [by_chat, by_streamed_chat, by_response, by_chat_batch, by_response_batch]


@pytest.mark.integration
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("by_id", [False, True], ids=["data", "id"])
async def test_personal_data_in_a_file_does_not_leave(running: Running, door: Door, by_id: bool) -> None:
    """Of a PDF and a Word file the provider sees text with placeholders, and the answer comes back with the values.

    Neither the data nor a name goes with it; what is stored is gone on with when the file is deleted.
    """
    client, marker = running.sdk(), uuid4().hex
    made = {f"{NAME}.pdf": files.pdf(TEXT), "a.docx": files.word(("Letter", TEXT))}
    given = [await stored(client, *one) if by_id else data(*one) for one in made.items()]
    answer = await door(client, f"{marker} [[sim: echo=all]]", *given)
    assert answer.count(CARD) == 2
    assert answer.count(NAME) == 3
    (entry,) = running.simulated.of(marker)
    sent = json.dumps(entry["request"])
    for hidden in (CARD, NAME, "Quartermaine", "base64", "file-"):
        assert hidden not in sent
    _, pdf, word = entry["request"]["messages"][0]["content"]
    card, name = (
        next(p for p in pdf["text"].replace(".", " ").split() if p.startswith(f"[{k}")) for k in ("CARD", "PERSON")
    )
    assert pdf == {"type": "text", "text": f"{name}.pdf:\n\n(page 1)\nMy name is {name}. My card is {card}."}
    assert word == {"type": "text", "text": f"a.docx:\n\nLetter\nMy name is {name}. My card is {card}."}


@pytest.mark.integration
async def test_every_kind_that_documents_have_is_read(running: Running) -> None:
    """Also without a name, and with base64 alone, in lines."""
    client, marker = running.sdk(), uuid4().hex
    kinds = {
        "a.pptx": files.slides(("Plan", TEXT)),
        "a.xlsx": files.sheet("Cards", ("Holder", "Card"), (NAME, CARD)),
        "a.csv": f"holder,card\n{NAME},{CARD}\n".encode(),
        "a.html": f"<html><p>My name is {NAME}. My card is 4111 <b>1111</b> 1111 1111.</p>".encode(),
        "a.md": f"# Letter\n\n{TEXT}".encode(),
        "a.py": f"# {TEXT}\nif True:\n    print(1)\n".encode("utf-16"),
    }
    plain = base64.encodebytes(files.pdf(TEXT)).decode()
    await by_chat(client, marker, *(data(*one) for one in kinds.items()), {"file_data": plain})
    (entry,) = running.simulated.of(marker)
    told = [part["text"] for part in entry["request"]["messages"][0]["content"][1:]]
    assert [text.partition(":")[0] for text in told] == [*kinds, "file"]
    assert all("[CARD_" in text and NAME not in text and "1111" not in text for text in told)
    assert "\nif True:\n    print(1)" in told[5]


UNREADABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a password": (lambda: files.pdf(TEXT, password="sesame"), "document_encrypted"),
    "a bomb": (files.bomb, "document_too_large_inside"),
    "a picture by another name": (lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "document_type_unsupported"),
    "half a document": (lambda: files.word(("Letter", TEXT))[:900], "document_damaged"),
    "a scan": (lambda: files.pdf(""), "document_without_text"),
    "nothing": (lambda: b"", "document_empty"),
    "too much": (lambda: b"word " * (MOST_CHARACTERS // 5 + 1), "document_too_long"),
}


@pytest.mark.integration
@pytest.mark.parametrize("name", UNREADABLE)
async def test_what_cannot_be_read_does_not_leave(running: Running, name: str) -> None:
    """Refused as OpenAI refuses, with the field and the reason, whatever the file is called; no provider is asked."""
    client, marker = running.sdk(), uuid4().hex
    make, reason = UNREADABLE[name]
    given = data("holiday.pdf", make())
    for door, where in ((by_chat, "messages.0.content.1.file"), (by_response, "input.0.content.1")):
        with pytest.raises(openai.UnprocessableEntityError) as refused:
            await door(client, marker, given)
        error = refused.value
        assert (error.code, error.param, error.type) == (reason, where, "invalid_request_error")
        assert "`holiday.pdf` cannot be read: " in error.message
    for make_body, endpoint in ((chat, "/v1/chat/completions"), (response, "/v1/responses")):
        told = await by_batch(client, make_body(marker, given), endpoint)
        assert (told["status_code"], told["body"]["error"]["code"]) == (422, reason)
    assert running.simulated.of(marker) == []


@pytest.mark.integration
@pytest.mark.parametrize("door", [by_chat, by_response])
async def test_files_are_their_makers(running: Running, door: Door) -> None:
    """An id of another person, of another workspace or of nobody is not there, and no provider looks for it."""
    workspace, marker = uuid4(), uuid4().hex
    client = running.sdk(workspace)
    theirs = await stored(client, "a.txt", TEXT.encode())
    await door(client, marker, theirs)
    assert len(running.simulated.of(marker)) == 1
    for other, given in (
        (running.sdk(workspace), theirs),
        (running.sdk(), theirs),
        (client, {"file_id": f"file-{uuid4().hex}"}),
        (client, {"file_id": "file-abc123"}),
    ):
        with pytest.raises(openai.NotFoundError) as refused:
            await door(other, marker, given)
        assert refused.value.code == "file_not_found"
    assert len(running.simulated.of(marker)) == 1


@pytest.mark.integration
async def test_a_response_keeps_what_was_read(running: Running) -> None:
    """It is listed as text, and gone on with when the file is deleted."""
    client, marker = running.sdk(), uuid4().hex
    given = await stored(client, "notes.md", f"{marker} {TEXT}".encode())
    made = await client.responses.create(**response("read", given))
    await client.files.delete(given["file_id"])
    (item,) = (await client.responses.input_items.list(made.id)).data
    assert item.model_dump()["content"][1]["text"] == f"notes.md:\n\n{marker} {TEXT}"
    await client.responses.create(model="sim-fast", input="and?", previous_response_id=made.id)
    first, second = running.simulated.of(marker)
    assert second["request"]["messages"][0] == first["request"]["messages"][0]


@pytest.mark.integration
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"filename": "a.pdf"}, "file_data"),
        ({"file_data": "data:application/pdf;base64,%%%"}, "file_data"),
        ({"file_data": "data:text/plain,hello"}, "file_data"),
        ({"file_data": "aGVsbG8"}, "file_data"),
        ({"filename": "x" * 256, "file_data": "aGVsbG8="}, "filename"),
    ],
)
async def test_data_that_is_none_is_named(running: Running, given: Part, field: str) -> None:
    """By its field."""
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        await by_chat(running.sdk(), "read", given)
    assert refused.value.param == f"messages.0.content.1.file.{field}"


@pytest.mark.integration
async def test_files_of_a_request_have_bounds_together(running: Running) -> None:
    """In number and in text; the first that is too many is named."""
    client = running.sdk()
    small, half = data("a.txt", b"hello"), data("b.txt", b"word " * (MOST_CHARACTERS // 10))
    await by_chat(client, "read", *[small] * MOST_FILES)
    for given, place in (([small] * (MOST_FILES + 1), MOST_FILES + 1), ([half, half, small], 3)):
        with pytest.raises(openai.UnprocessableEntityError) as refused:
            await by_chat(client, "read", *given)
        assert refused.value.param == f"messages.0.content.{place}.file"


@pytest.fixture
async def places(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[[UUID], Any]]:
    """Takes a place for a workspace until the test ends; none is waited for."""
    monkeypatch.setattr(attached_files, "_PLACE_WITHIN", timedelta(0))
    reading = AttachedFiles(ApiFiles.__new__(ApiFiles), HttpClient())
    async with AsyncExitStack() as held:

        async def take(workspace: UUID) -> None:
            await held.enter_async_context(reading._place(workspace))

        yield take


async def test_a_workspace_reads_one_file_at_a_time(places: Callable[[UUID], Any]) -> None:
    """So that others are not kept waiting; when all places are taken a call is asked to come again."""
    first = uuid4()
    await places(first)
    with pytest.raises(FilesBusy):
        await places(first)
    for _ in range(3):
        await places(uuid4())
    with pytest.raises(FilesBusy) as refused:
        await places(uuid4())
    assert refused.value.retry_after is not None
