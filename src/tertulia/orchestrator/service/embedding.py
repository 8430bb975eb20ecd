"""``/v1/embeddings``: by the model of this process, or by the provider that owns the named one; booked either way.

Texts go to a provider as the workspace's redaction leaves them; what is embedded here never leaves the machine.
"""

import asyncio
import base64
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from tertulia.contracts.orchestrator import GenerationStatus, Usage
from tertulia.orchestrator import tokens
from tertulia.orchestrator.embeddings import DIMENSIONS, LocalEmbedder
from tertulia.orchestrator.providers.call import ProviderCall
from tertulia.orchestrator.providers.failover import Failover
from tertulia.orchestrator.providers.port import usage_told
from tertulia.orchestrator.providers.registry import Catalogues, Model, ModelNotFound
from tertulia.orchestrator.redaction import Redaction
from tertulia.orchestrator.schemas.openai import EmbeddingRequest
from tertulia.orchestrator.service.accounting import Accounts
from tertulia.orchestrator.service.completions import Customer, ended
from tertulia.orchestrator.service.request import convert, parse, wrong
from tertulia.platform.errors import TertuliaError
from tertulia.platform.ids import uuid7

MOST_INPUTS = 2048


class _ProviderAnswer(msgspec.Struct):
    usage: Any = None


class Asked(msgspec.Struct):
    """A request that has been read; ``body`` is all of it, ``texts`` are as they will be embedded."""

    model: Model
    body: dict[str, Any]
    request: EmbeddingRequest
    texts: list[str]
    computed_here: bool
    without_names: bool
    """Names were to be kept from the provider, and could not be looked for."""


class Embedding:
    def __init__(
        self,
        catalogues: Catalogues,
        failover: Failover,
        accounts: Accounts,
        embedder: LocalEmbedder | None,
        *,
        redaction: Redaction,
    ) -> None:
        self._redaction = redaction
        self._catalogues = catalogues
        self._failover = failover
        self._accounts = accounts
        self._embedder = embedder

    async def prepare(self, workspace_id: UUID, raw: bytes) -> Asked:
        """Raises: MalformedJson, Unprocessable, ModelNotFound, PersonalDataBlocked, NamesAway."""
        body = parse(raw)
        request = convert(body, EmbeddingRequest)
        texts = await _texts(request)
        catalogue = await self._catalogues(workspace_id)
        model = await catalogue.find(request.model)
        if model.kind != "embedding":
            raise ModelNotFound(f"The model `{model.id}` does not embed texts.", param="model")
        dimensions = DIMENSIONS if request.dimensions is None else request.dimensions
        computed_here = catalogue.is_computed_here(model)
        if computed_here and not 1 <= dimensions <= DIMENSIONS:
            raise wrong("dimensions", f"must be between 1 and {DIMENSIONS} for this model")
        window = await self._redaction.window(workspace_id)
        if not computed_here:
            texts = await window.redact(texts)
        return Asked(model, body, request, texts, computed_here, window.without_names)

    async def embed(self, customer: Customer, asked: Asked, generation_id: UUID | None = None) -> bytes:
        """The answer's JSON. With a ``generation_id`` only what succeeds is recorded: a job asks again under it.

        Raises: ProviderFailure, Overloaded.
        """
        model = asked.model
        plan = customer.plan.name if customer.plan else ""
        call = ProviderCall(
            model,
            b"",
            customer.workspace_id,
            plan,
            characters=sum(map(len, asked.texts)),
            most_tokens=0,
            batch=customer.batch,
        )
        since = datetime.now(UTC)
        counts = generation_id is None
        status: GenerationStatus = "finished"
        code: str | None = None
        usage = Usage()
        try:
            if asked.computed_here and self._embedder is not None:
                answer, usage = await _own(self._embedder, asked)
            else:
                answer, usage = await self._by_provider(asked, call)
            counts = True
        except TertuliaError as failure:
            status, code = "failed", failure.code
            raise
        finally:
            if counts:
                made = generation_id or uuid7()
                end = ended(customer, call, made, status=status, usage=usage, since=since, code=code, kind="embedding")
                await asyncio.shield(self._accounts.record(end, customer.plan))
        return answer

    async def _by_provider(self, asked: Asked, call: ProviderCall) -> tuple[bytes, Usage]:
        model = asked.model
        call.body = msgspec.json.encode({**asked.body, "model": model.name, "input": asked.texts})
        answer = await self._failover.embed(call)
        told = usage_told(msgspec.json.decode(answer, type=_ProviderAnswer).usage)
        return answer, told or Usage(sum(await tokens.count(model.name, asked.texts)), estimated=True)


async def _own(embedder: LocalEmbedder, asked: Asked) -> tuple[bytes, Usage]:
    vectors, counted = await embedder.embed(asked.texts, asked.request.dimensions or DIMENSIONS)
    data = [
        {"object": "embedding", "index": index, "embedding": _written(vector, asked.request.encoding_format)}
        for index, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": counted, "total_tokens": counted}
    answer = {"object": "list", "data": data, "model": asked.model.id, "usage": usage}
    return msgspec.json.encode(answer), Usage(counted)


def _written(vector: bytes, encoding: str | None) -> str | list[float]:
    return base64.b64encode(vector).decode() if encoding == "base64" else list(array("f", vector))


async def _texts(asked: EmbeddingRequest) -> list[str]:
    """The texts of any of the four forms of ``input``; token ids are those of ``cl100k_base``."""
    given = asked.input
    inputs: list[Any] = [given] if isinstance(given, str) or _is_tokens(given) else list(given)
    if not inputs or not all(inputs):
        raise wrong("input", "must not be empty")
    if len(inputs) > MOST_INPUTS:
        raise wrong("input", f"may hold {MOST_INPUTS} texts at most")
    if len({type(one) for one in inputs}) > 1 or isinstance(inputs[0], int):
        raise wrong("input", "must be a text, a list of texts, a list of tokens, or a list of such lists")
    try:
        return [one if isinstance(one, str) else await tokens.decode(one) for one in inputs]
    except (KeyError, OverflowError):
        raise wrong("input", "holds a token that does not exist") from None


def _is_tokens(given: Sequence[Any]) -> bool:
    return bool(given) and all(isinstance(one, int) for one in given)
