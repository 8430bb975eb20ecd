"""Postal addresses by what a form or a record calls them, however they are written: "Adresse: …", ``"address": "…"``.

A label is no proof ("Address: optional", "IP address: 10.0.0.1"): what stands behind it has a number, and most of its
words begin with a capital.
"""

import re

from tertulia.orchestrator.redaction.patterns.form import Form, form

_CALLED = (
    r"(?<![^\W\d_])(?:(?:street[\s_-]?)?addr(?:ess)?(?:[\s_-]?(?:line)?[\s_-]?1)?|anschrift|wohnhaft|adresse|dirección|direccion|domicilio|"
    r"indirizzo|endereço|morada|adres[ui]?|adress|osoite|pick-?up|drop-?off|deliver\sto|ship\sto|lives\sat)"
)
_OF_SOMETHING_ELSE = (
    r"(?i:(?:e-?mail|ip(?:v[46])?|mac|web|wallet|btc|eth|memory|server|network|host|base|return|payout)[\s_-]?address)"
)
_IN_QUOTES = r"[:=][ \t]{0,3}(?P<quote>[\"'])(?P<value>[^\"'\n]{6,160})(?P=quote)"
_TO_THE_END = r"[:=][ \t]{1,3}(?P<value>[^\W_][^\n;|\t\"<>{}=]{5,160}?)(?=\.?[ \t]{0,3}(?:[\n;|\t\"<]|\Z))"
_WORDS = re.compile(r"[^\W_]+")


def forms() -> tuple[Form, ...]:
    hint = (
        "addr", "anschrift", "wohnhaft", "adres", "direcci", "domicilio", "indirizzo", "endereço", "morada", "osoite",
        "pick", "drop", "deliver to", "ship to", "lives at",
    )  # fmt: skip
    after = rf"(?i:{_CALLED})[\"'`*]{{0,3}}[ \t]{{0,2}}(?:[:=][ \t]{{0,3}}[\"']?)"
    unless = rf"{_OF_SOMETHING_ELSE}[\"'`*\s]{{0,4}}[:=][\"'\s]{{0,4}}\Z"
    return (
        form("ADDRESS", _IN_QUOTES, hint, _is_address, after=after, unless=unless),
        form("ADDRESS", _TO_THE_END, hint, _is_address, after=after, unless=unless),
    )


def _is_address(text: str) -> bool:
    words = _WORDS.findall(text)
    numbers = sum(word[0].isdigit() for word in words)
    named = [word for word in words if word[0].isalpha()]
    capitals = sum(word[0].isupper() or not word.isascii() for word in named)
    return bool(numbers) and len(named) > 0 and 2 * capitals >= len(named) and "@" not in text and "//" not in text
