"""Chance that keeps processes which began something together from going on together. No secret comes from here."""

import random


def between(shortest: float, longest: float) -> float:
    """A length of time, in the unit of both, anywhere between them."""
    return random.uniform(shortest, longest)  # noqa: S311 - when something is done need not be hard to guess
