"""What tokens cost: integer arithmetic in micro-units, by a price for a million tokens.

A price of 0.15 for a million tokens is 150,000 micro-units; a cost is rounded once, half up, when all its parts are
added. Cached input has its own price where the provider gives one.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

import msgspec

from tertulia.contracts.money import MICRO, Money
from tertulia.contracts.orchestrator import Usage

MILLION = 1_000_000
_MOST = MICRO * MILLION


class NoPrice(ValueError):
    """Not a price: it must be a decimal number that is not negative."""


class Price(msgspec.Struct, frozen=True):
    """Micro-units for a million tokens."""

    input: int
    output: int
    cached_input: int
    currency: str = "USD"

    def cost(self, usage: Usage) -> Money:
        cached = min(usage.cached_prompt_tokens, usage.prompt_tokens)
        fresh = usage.prompt_tokens - cached
        exact = fresh * self.input + cached * self.cached_input + usage.completion_tokens * self.output
        return Money((exact + MILLION // 2) // MILLION, self.currency)


FREE = Price(0, 0, 0)


class PriceChange(msgspec.Struct, frozen=True):
    """What it costs from midnight UTC of a day on."""

    since: date
    price: Price


def price_at(moment: datetime, first: Price | None, changes: Sequence[PriceChange]) -> Price | None:
    """``changes`` are in the order of their days; ``moment`` knows its zone."""
    day = moment.astimezone(UTC).date()
    return next((change.price for change in reversed(changes) if change.since <= day), first)


def price(input_: str, output: str, cached_input: str | None = None, currency: str = "USD") -> Price:
    """From decimal money per million tokens; cached input costs as input where it has no price of its own.

    Raises: NoPrice.
    """
    whole = _micro(input_)
    return Price(whole, _micro(output), whole if cached_input is None else _micro(cached_input), currency)


def shown(micro: int) -> str:
    """Decimal money per million tokens, as it is written in the providers' file."""
    text = f"{Decimal(micro) / MICRO:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _micro(given: str) -> int:
    try:
        micro = Decimal(given) * MICRO
    except InvalidOperation:
        raise NoPrice(f"{given!r} is no decimal number") from None
    if not micro.is_finite() or not 0 <= micro <= _MOST or micro != micro.to_integral_value():
        raise NoPrice(f"{given!r} is not a price: from 0 to a million, with six decimals at most")
    return int(micro)
