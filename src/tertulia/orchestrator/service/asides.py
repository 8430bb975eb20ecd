"""A small question of our own to a model, beside what a person asked: redacted, bounded, and in the books."""

import asyncio
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import msgspec

from tertulia.contracts.orchestrator import GenerationStatus, Usage
from tertulia.orchestrator.pipeline.respond import estimate
from tertulia.orchestrator.providers.call import ProviderCall
from tertulia.orchestrator.providers.failover import Failover
from tertulia.orchestrator.providers.port import usage_told
from tertulia.orchestrator.providers.registry import Catalogues
from tertulia.orchestrator.redaction import Redaction, restore
from tertulia.orchestrator.routing import Auto
from tertulia.orchestrator.service.accounting import Accounts
from tertulia.orchestrator.service.completions import Customer, ended
from tertulia.platform.errors import TertuliaError
from tertulia.platform.ids import uuid7

_PLAINLY = {"temperature": 0.0, "frequency_penalty": 0.5}
"""Small models ramble and repeat themselves without; some others take no such choice."""

_CHARACTERS_A_TOKEN = 16
"""More than any text has: what goes on all the same was not asked for, and is not looked through."""


class Aside(msgspec.Struct, frozen=True):
    """For whom it is, and the model that the person had chosen (None: the default)."""

    kind: Literal["title", "summary", "rewrite"]
    workspace_id: UUID
    user_id: UUID
    model: str | None
    most_tokens: int


class Asides:
    def __init__(self, catalogues: Catalogues, failover: Failover, accounts: Accounts, redaction: Redaction) -> None:
        self._catalogues = catalogues
        self._failover = failover
        self._accounts = accounts
        self._redaction = redaction

    async def ask(self, aside: Aside, instruction: str, text: str) -> str:
        """What the model says, values restored.

        Raises: ModelNotFound, NoModel; ProviderFailure, QueueFull and the like; PersonalDataBlocked, NamesAway.
        """
        since = datetime.now(UTC)
        catalogue = await self._catalogues(aside.workspace_id)
        model = await catalogue.find(aside.model)
        if isinstance(model, Auto):
            model = model.pair.small
        window = await self._redaction.window(aside.workspace_id)
        redacted = await window.redact([text])
        messages = [{"role": "system", "content": instruction}, {"role": "user", "content": redacted[0]}]
        plainly = _PLAINLY if catalogue.spec(model).kind == "local" else {}
        asked = {"model": model.name, "messages": messages, "max_tokens": aside.most_tokens, **plainly}
        body = msgspec.json.encode(asked)
        customer = Customer(aside.workspace_id, aside.user_id, None, None)
        call = ProviderCall(
            model,
            body,
            aside.workspace_id,
            "",
            characters=len(instruction) + len(redacted[0]),
            most_tokens=aside.most_tokens,
        )
        usage = Usage()
        status: GenerationStatus = "failed"
        code: str | None = None
        try:
            answer = await self._failover.complete(call)
            said = answer.whole.choices[0].message.content or "" if answer.whole.choices else ""
            said = said[: _CHARACTERS_A_TOKEN * aside.most_tokens]
            usage = usage_told(answer.whole.usage) or await estimate(model.name, [instruction, *redacted], said)
            status = "finished"
        except TertuliaError as failure:
            code = failure.code
            raise
        except asyncio.CancelledError:
            status = "stopped"
            raise
        finally:
            end = ended(
                customer,
                call,
                uuid7(),
                status=status,
                usage=usage,
                since=since,
                code=code,
                kind=aside.kind,
                source="chat",
            )
            await self._accounts.record(end, customer.plan)
        return restore(said, window.values)
