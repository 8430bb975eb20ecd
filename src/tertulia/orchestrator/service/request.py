"""Reads an OpenAI-compatible chat request and makes of it what the provider is sent.

The provider is sent what was read, field by field, and not the bytes that came: a name that stands there twice would
be read by us one way and by a provider the other, with all that we had looked for in it. What changes is the model's
name at its provider, personal data, our own metadata, and the wish for usage, which we always have.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from tertulia.orchestrator.pipeline import passages
from tertulia.orchestrator.pipeline.prompts import NOTHING_FOUND, passage_told, passages_told
from tertulia.orchestrator.pipeline.retrieve import MOST_PASSAGES
from tertulia.orchestrator.providers.capable import require_capable
from tertulia.orchestrator.providers.registry import Catalogue, Model
from tertulia.orchestrator.redaction import RedactionWindow
from tertulia.orchestrator.repository.chunks import Found
from tertulia.orchestrator.routing import Auto, Demand
from tertulia.orchestrator.schemas.openai import ChatMessage, ChatRequest, ContentPart, GivenFile, TertuliaOptions
from tertulia.orchestrator.service.parts import join_parts
from tertulia.orchestrator.service.texts import said_in, texts_of, with_texts
from tertulia.platform.errors import FieldError, MalformedJson, Unprocessable

T = TypeVar("T")

_DOCUMENTS = ("JVBERi", "UEsDB")
"""How PDFs and office documents begin in base64."""


class Prepared(msgspec.Struct):
    """``values`` is empty when nothing was redacted; ``prompt`` is what a count would count."""

    model: Model
    body: bytes
    stream: bool
    include_usage: bool
    values: dict[str, str]
    prompt: list[str]
    json_answer: bool
    without_names: bool = False
    """Names were to be kept from the provider, and could not be looked for."""
    as_it_came: bool = False
    """The request wanted nothing redacted."""
    most_tokens: int | None = None
    """The request's own bound of all its answers."""
    sources: Sequence[Found] = ()
    """Passages that the model was told of, by their numbers from 1."""
    otherwise: Model | None = None
    """Who answers when ``model`` cannot, where that one was chosen by us."""


def parse(raw: bytes) -> dict[str, Any]:
    """Raises: MalformedJson, Unprocessable."""
    try:
        parsed = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedJson("The body is not valid JSON in UTF-8.") from None
    if not isinstance(parsed, dict):
        raise Unprocessable("The body must be a JSON object.")
    return parsed


def read(raw: bytes) -> tuple[dict[str, Any], ChatRequest]:
    """A request whose known fields are right; the rest is not looked at. Raises: MalformedJson, Unprocessable."""
    body = parse(raw)
    asked = convert(body, ChatRequest)
    _require_content(asked.messages)
    return body, asked


Search = Callable[[Sequence[UUID], str, int], Awaitable[list[Found]]]
"""Passages of these knowledge bases for a question. Raises: KnowledgeBaseNotFound, Unavailable."""

ReadFile = Callable[[str, GivenFile], Awaitable[str]]
"""A file's text; the field that it is in goes first. Raises: FileNotFound, FileUnreadable, FilesBusy, Unprocessable."""


async def prepare(
    raw: bytes, catalogue: Catalogue, window: RedactionWindow, search: Search, read_file: ReadFile
) -> Prepared:
    """Raises: MalformedJson, Unprocessable, PersonalDataBlocked, NamesAway, ModelNotFound, NoModel; as ``search`` and
    ``read_file``.
    """
    body, asked = read(raw)
    model = await catalogue.find(asked.model)
    model.require_chat()
    if await _read_files(body, asked, read_file):
        asked = convert(body, ChatRequest)
    otherwise = None
    if isinstance(model, Auto):
        choice = model.choose(Demand.of_request(asked))
        model, otherwise = choice.model, choice.otherwise
    await require_capable(model, asked, catalogue)
    options = _take_options(body)
    found = await _found(body, options.knowledge_base_ids, search)
    if options.redact is not False:
        await join_parts(body, window)
    prompt = texts_of(body)
    if options.redact is not False:
        redacted = await window.redact(prompt)
        if redacted != prompt:
            body, prompt = with_texts(body, redacted), redacted
    if found is not None:  # after what was asked: a placeholder that somebody typed there keeps its meaning
        told = await _told(found, None if options.redact is False else window, model)
        body["messages"].insert(0, {"role": "system", "content": told})
        prompt = [told, *prompt]
    include_usage = bool(asked.stream_options and asked.stream_options.include_usage)
    if asked.stream and not include_usage:
        body["stream_options"] = {**(body.get("stream_options") or {}), "include_usage": True}
    body["model"] = model.name
    return Prepared(
        model=model,
        body=encode(body),
        stream=bool(asked.stream),
        include_usage=include_usage,
        values=window.values,
        without_names=window.without_names,
        as_it_came=options.redact is False,
        prompt=prompt,
        json_answer=isinstance(body.get("response_format"), dict) and body["response_format"].get("type") != "text",
        most_tokens=_most_tokens(body),
        otherwise=otherwise,
        sources=found or (),
    )


async def _read_files(body: dict[str, Any], asked: ChatRequest, read_file: ReadFile) -> bool:
    """Whether there were any: each is text from then on, in the request itself."""
    found = False
    for number, message in enumerate(asked.messages):
        for place, part in enumerate(message.content if isinstance(message.content, list) else ()):
            if part.file is not None and part.type == "file":
                content = body["messages"][number]["content"]
                text = await read_file(f"messages.{number}.content.{place}.file", part.file)
                kept = {name: value for name, value in content[place].items() if name != "file"}
                content[place] = {**kept, "type": "text", "text": text}
                found = True
    return found


def _most_tokens(body: dict[str, Any]) -> int | None:
    most, answers = body.get("max_completion_tokens") or body.get("max_tokens"), body.get("n") or 1
    return most * answers if isinstance(most, int) and isinstance(answers, int) and most > 0 else None


def convert(body: dict[str, Any], into: type[T]) -> T:
    """The fields that we read. Raises: Unprocessable, which names the field."""
    try:
        return msgspec.convert(body, into)
    except msgspec.ValidationError as error:
        told = FieldError.of(error)
        raise wrong(told.field, told.problem) from None


def wrong(field: str, problem: str) -> Unprocessable:
    return Unprocessable(f"`{field}`: {problem}.", param=field, errors=[FieldError(field, problem)])


def _require_content(messages: list[ChatMessage]) -> None:
    """Only an assistant may have said nothing: when it called tools."""
    for number, message in enumerate(messages):
        where = f"messages.{number}.content"
        if message.content is None and message.role != "assistant":
            raise wrong(where, "is missing")
        if isinstance(message.content, list):
            if not message.content:
                raise wrong(where, "must hold at least one part")
            for place, part in enumerate(message.content):
                _require_whole(f"{where}.{place}", part)


def _require_whole(where: str, part: ContentPart) -> None:
    if part.type == "text" and part.text is None:
        raise wrong(f"{where}.text", "is missing")
    if part.type == "file" and part.file is None:
        raise wrong(f"{where}.file", "is missing")
    address = part.image_url.get("url") if isinstance(part.image_url, dict) else None
    if isinstance(address, str) and address[:5].casefold() == "data:" and not _is_picture(address):
        raise wrong(f"{where}.image_url.url", "is no picture's data: send it as a `file`, which is read")


def _is_picture(address: str) -> bool:
    """As far as what it begins with tells: a document behind a picture's name would go out unread."""
    kind, _, data = address.partition(",")
    return kind[5:].casefold().startswith("image/") and not data.lstrip().startswith(_DOCUMENTS)


async def _found(body: dict[str, Any], base_ids: list[UUID], search: Search) -> list[Found] | None:
    """Passages for what was asked last; None where no documents were named."""
    if not base_ids:
        return None
    asked = [message for message in body["messages"] if message["role"] == "user"][-1:]
    return await search(base_ids, "\n".join(said_in(asked[0])) if asked else "", MOST_PASSAGES)


async def _told(found: list[Found], window: RedactionWindow | None, model: Model) -> str:
    """What the workspace's documents say, as a first message; redacted where there is a window."""
    if window is None:
        told = [passage_told(number, one) for number, one in enumerate(found, 1)]
    else:
        told = await passages.redacted(found, window.redact_each)
    return passages_told(told, model) if told else NOTHING_FOUND


def _take_options(body: dict[str, Any]) -> TertuliaOptions:
    """``metadata.tertulia`` is for us: an object, or one as JSON in a string, as OpenAI's metadata are strings."""
    metadata = body.get("metadata")
    if not isinstance(metadata, dict) or "tertulia" not in metadata:
        return TertuliaOptions()
    options = options_in(metadata)
    del metadata["tertulia"]
    if not metadata:
        del body["metadata"]
    return options


def options_in(metadata: dict[str, Any] | None) -> TertuliaOptions:
    """Raises: Unprocessable."""
    if metadata is None or "tertulia" not in metadata:
        return TertuliaOptions()
    given = metadata["tertulia"]
    try:
        if isinstance(given, str):
            return msgspec.json.decode(given, type=TertuliaOptions)
        return msgspec.convert(given, TertuliaOptions)
    except msgspec.DecodeError as error:
        raise wrong("metadata.tertulia", str(error)) from None


def encode(body: dict[str, Any]) -> bytes:
    """Raises: Unprocessable for a number that has no place in 64 bits."""
    try:
        return msgspec.json.encode(body)
    except OverflowError:
        raise Unprocessable("The request holds a number that is too large.") from None
