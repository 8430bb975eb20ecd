"""Money as integers: an amount of micro-units (millionths of the currency's unit) with its currency."""

from decimal import ROUND_HALF_UP, Decimal

import msgspec

MICRO = 1_000_000


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were added."""


class Money(msgspec.Struct, frozen=True):
    """``amount`` is in micro-units: 1.50 USD is ``Money(1_500_000, "USD")``."""

    amount: int
    currency: str = "USD"

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not add up")
        return Money(self.amount + other.amount, self.currency)

    @classmethod
    def of(cls, units: Decimal | str | int, currency: str = "USD") -> "Money":
        """From whole units: ``Money.of("0.15")``; rounds half up to a micro-unit."""
        micro = (Decimal(units) * MICRO).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        return cls(int(micro), currency)
