"""``/v1/chat/completions`` for a workspace that lets answers be given again: one that is kept, or the model's, kept.

A kept answer asks no provider and costs nothing: it is in the books without tokens, and the client is told those of the
first time, all of the prompt's as cached.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec

from tertulia.contracts.orchestrator import Usage
from tertulia.orchestrator.redaction import restore
from tertulia.orchestrator.reuse import KeptAnswer, LookedUp
from tertulia.orchestrator.service.accounting import Accounts
from tertulia.orchestrator.service.citations import annotations
from tertulia.orchestrator.service.completions import DONE, Call, Completions, Customer, ended
from tertulia.orchestrator.service.kept_answers import KeptAnswers
from tertulia.orchestrator.service.request import Prepared
from tertulia.orchestrator.service.rewriting import frame, in_json, usage_shown

HEADER = b"x-tertulia-cache"


class Reusing:
    def __init__(self, kept: KeptAnswers, completions: Completions, accounts: Accounts) -> None:
        self._kept = kept
        self._completions = completions
        self._accounts = accounts

    async def of(self, customer: Customer, prepared: Prepared) -> "ReusedCompletion | None":
        """None for a call that is not to be answered from what was kept: any, unless the workspace has opted in."""
        if prepared.without_names or prepared.as_it_came:
            return None
        looked = await self._kept.look_up(customer.workspace_id, prepared.model, prepared.body)
        if looked is None:
            return None
        return ReusedCompletion(looked, self._completions, self._accounts)


class ReusedCompletion:
    """One call; its faces are those of ``Completions``."""

    def __init__(self, looked: LookedUp, completions: Completions, accounts: Accounts) -> None:
        self._looked = looked
        self._completions = completions
        self._accounts = accounts

    @property
    def header(self) -> tuple[bytes, bytes]:
        return HEADER, self._looked.told.encode()

    async def complete(self, call: Call) -> bytes:
        """Raises: as ``Completions.complete``."""
        if self._looked.found is None:
            answer = await self._completions.complete(call)
            await self._keep(call)
            return answer
        await self._book(call)
        shown = _shown(call, "chat.completion", self._looked.found)
        message = {**_said(call, self._looked.found), "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return msgspec.json.encode({**shown, "choices": [choice], "usage": _usage(self._looked.found)})

    async def stream(self, call: Call) -> AsyncGenerator[bytes]:
        """Raises: as ``Completions.stream``."""
        if self._looked.found is not None:
            await self._book(call)
            yield _streamed(call, self._looked.found)
            return
        async with aclosing(self._completions.stream(call)) as pieces:
            async for piece in pieces:
                if piece.endswith(DONE):  # an answer that failed on the way has no such end
                    await self._keep(call)
                yield piece

    async def _keep(self, call: Call) -> None:
        """Whole answers in words, by the model that was asked."""
        usage = call.usage
        if call.finish_reason == "stop" and usage is not None and call.asking.is_answered_as_asked:
            text, name = "".join(call.said), call.prepared.model.name
            await self._looked.keep(KeptAnswer(text, name, usage.prompt_tokens, usage.completion_tokens))

    async def _book(self, call: Call) -> None:
        customer = call.customer
        end = ended(customer, call.asking, call.id, status="finished", usage=Usage(), since=call.started_at)
        await self._accounts.record(end, customer.plan)


def _streamed(call: Call, kept: KeptAnswer) -> bytes:
    base = _shown(call, "chat.completion.chunk", kept)
    if call.prepared.include_usage:
        base["usage"] = None
    choices = (
        {"index": 0, "delta": _said(call, kept), "finish_reason": None},
        {"index": 0, "delta": {}, "finish_reason": "stop"},
    )
    chunks = [{**base, "choices": [choice]} for choice in choices]
    if call.prepared.include_usage:
        chunks.append({**base, "choices": [], "usage": _usage(kept)})
    return b"".join(frame(msgspec.json.encode(chunk)) for chunk in chunks) + DONE


def _shown(call: Call, kind: str, kept: KeptAnswer) -> dict[str, Any]:
    return {"id": f"chatcmpl-{call.id.hex}", "object": kind, "created": int(time.time()), "model": kept.model}


def _said(call: Call, kept: KeptAnswer) -> dict[str, Any]:
    text = restore(kept.text, call.prepared.values, in_json if call.prepared.json_answer else str)
    told = annotations(text, call.prepared.sources)
    return {"role": "assistant", "content": text, **({"annotations": told} if told else {})}


def _usage(kept: KeptAnswer) -> dict[str, Any]:
    return usage_shown(Usage(kept.prompt_tokens, kept.completion_tokens, kept.prompt_tokens))
