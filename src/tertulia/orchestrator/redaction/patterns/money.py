"""Payment cards by prefix, length and Luhn; bank accounts by ISO 13616."""

import re
from collections.abc import Iterator, Sequence

from tertulia.orchestrator.redaction.patterns.form import Form, digits_of, form

_NUMBERS = r"[0-9](?<![A-Za-z0-9.+-][0-9])[0-9]{0,18}(?:(?:[ .-]{1,3}|\s{1,2})[0-9]{1,19}){0,60}(?![A-Za-z0-9])"
_GROUP = re.compile("[0-9]+")
_MOST_GROUPS = 6
_FIRST_GROUP = 4
_GROUPED = {"16", "15", "14", "19", "18", "4444", "44443", "465", "464"}
"""How a card writes its number, by the lengths of its groups."""

_IBAN_LENGTHS = {
    15: "NO", 16: "BE", 18: "DK FI FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV",
    29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
}  # fmt: skip
"""As the registry of ISO 13616 has them: how long a number is says its country."""

_LENGTHS = {country: length for length, countries in _IBAN_LENGTHS.items() for country in countries.split()}
_IBAN = r"(?<![A-Za-z0-9])(?=(?P<value>[A-Za-z]{2}[0-9]{2}(?:[\s-]?[A-Za-z0-9]){11,30}))"
"""Looks ahead only: what is too much of one may be the beginning of the next."""

_AFTER_CARD = (
    r"(?i:(?<![^\W\d_])(?:(?:credit|debit|bank|gift)?[\s_-]?cards?|pan|cc|visa|mastercard|maestro|amex|"
    r"(?:kredit)?karte(?:nnummer)?|carte(?:\s(?:bleue|bancaire))?|"
    r"tarjeta|carta|cartão|karta|karty|kart|карт[аы])[\"'`*]{0,3}(?:[\s_-](?:number|no|nr|num|n[°º]|número|numéro|"
    r"numero|numer|is|ist|est|es)\.?){0,2}[\s:=#]{1,3}[\"'`*]{0,3})"
)
"""What is called one may have a prefix that no issuer is known to have."""

_CARD_OF = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})"  # Visa
    r"|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"  # Mastercard, 2-series too
    r"|3[47][0-9]{13}"  # American Express
    r"|3(?:0[0-5]|095|[689][0-9])[0-9]{11,16}"  # Diners
    r"|35[0-9]{14}|35(?:2[89]|[3-8][0-9])[0-9]{13,15}|(?:2131|1800)[0-9]{11}"  # JCB
    r"|(?:6[0-9]|50|5[6-8])[0-9]{14,17}"  # Discover, UnionPay, Maestro
    r"|(?:5018|5020|5038|5[6-8][0-9]{2}|6304|6390|67[0-9]{2})[0-9]{8,11}"  # the shorter numbers of Maestro
    r"|220[0-4][0-9]{12}"  # Mir
)


def forms() -> tuple[Form, ...]:
    return (
        form("IBAN", _IBAN, r"[A-Za-z]{2}[0-9]{2}", within=_ibans),
        form(
            "CARD",
            r"[0-9](?<![\w.-][0-9])(?:[ -]?[0-9]){11,18}(?![\w-])",
            r"[0-9](?:[ -]?[0-9]){11}",
            _any_card,
            after=_AFTER_CARD,
        ),
        form("CARD", _NUMBERS, r"[0-9](?:[\s.-]{0,3}[0-9]){11}", within=_cards),
    )


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the sum of its two digits
    return total % 10 == 0


def _cards(numbers: str) -> Iterator[tuple[int, int]]:
    """What stands beside a card's number (a year, its security code, its date) is not taken for a part of it."""
    groups = [match.span() for match in _GROUP.finditer(numbers)]
    if len(groups) == len(digits_of(numbers)):  # one by one
        if _card(digits_of(numbers)):
            yield groups[0][0], groups[-1][1]
        return
    at = 0
    while at < len(groups):
        fits = range(len(groups[at : at + _MOST_GROUPS]), 0, -1)
        found = next((count for count in fits if _is_card(numbers, groups[at : at + count], len(groups))), None)
        if found is not None:
            yield groups[at][0], groups[at + found - 1][1]
        at += found or 1


def _is_card(numbers: str, groups: Sequence[tuple[int, int]], of: int) -> bool:
    """In any groups when there is nothing beside it, else in those that cards have."""
    grouped = "".join(str(end - start) for start, end in groups)
    if groups[0][1] - groups[0][0] < _FIRST_GROUP or (len(groups) < of and grouped not in _GROUPED):
        return False
    return _card(digits_of(numbers[groups[0][0] : groups[-1][1]]))


def _any_card(text: str) -> bool:
    digits = digits_of(text)
    return len(set(digits)) > 1 and luhn(digits)


def _card(digits: str) -> bool:
    return len(set(digits)) > 1 and _CARD_OF.fullmatch(digits) is not None and luhn(digits)


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """As long as its country says, whatever follows; the remainder of the rearranged number by 97 is 1."""
    length = _LENGTHS.get(text[:2].upper())
    places = [at for at, character in enumerate(text) if character.isalnum()][:length]
    if length is None or len(places) < length:
        return
    end = places[-1] + 1
    plain = "".join(text[at] for at in places).upper()
    if not text[end : end + 1].isalnum() and int("".join(str(int(one, 36)) for one in plain[4:] + plain[:4])) % 97 == 1:
        yield 0, end
