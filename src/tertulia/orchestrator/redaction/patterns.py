"""What has a form: e-mail, cards, IBANs, phones, SSNs, addresses of machines, keys and tokens.

Each kind is a pattern and, where the form has a checksum, the check; a number that fails its check stays as it is.
Kinds are tried in the order given, so that a long secret is not taken to pieces. Every repetition is bounded: no text
makes a pattern slow.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import msgspec


class Found(msgspec.Struct, frozen=True):
    """``text[start:end]`` is personal data of this kind."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pattern:
    kind: str
    regex: re.Pattern[str]
    hint: re.Pattern[str]
    """A cheap search that fails where the pattern cannot match: most texts hold nothing."""
    valid: Callable[[str], bool] | None = None


def find(text: str) -> list[Found]:
    """All personal data in a text, in order and without overlaps: the earlier kind wins, then the earlier place."""
    kept: list[Found] = []
    taken = bytearray()
    for pattern in _patterns():
        if not pattern.hint.search(text):
            continue
        for found in _matches(pattern, text):
            taken = taken or bytearray(len(text))
            if 1 not in taken[found.start : found.end]:
                taken[found.start : found.end] = b"\x01" * (found.end - found.start)
                kept.append(found)
    kept.sort(key=lambda found: found.start)
    return kept


def _matches(pattern: Pattern, text: str) -> Iterator[Found]:
    for match in pattern.regex.finditer(text):
        group = "value" if "value" in pattern.regex.groupindex else 0
        start, end = match.span(group)
        if pattern.valid is None or pattern.valid(text[start:end]):
            yield Found(pattern.kind, start, end)


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the sum of its two digits
    return total % 10 == 0


def _digits(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")


_CARD_LENGTHS = range(12, 20)


def _card(text: str) -> bool:
    """Visa, Mastercard with its 2-series, Amex, Discover, Diners, JCB, UnionPay and Maestro, by prefix and Luhn."""
    digits = _digits(text)
    return len(digits) in _CARD_LENGTHS and digits[0] in "23456" and len(set(digits)) > 1 and luhn(digits)


_IBAN_LENGTHS = range(15, 35)


def _iban(text: str) -> bool:
    """ISO 13616: the remainder of the rearranged number by 97 is 1."""
    plain = text.replace(" ", "").upper()
    if len(plain) not in _IBAN_LENGTHS:
        return False
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1


def _ssn(text: str) -> bool:
    """Areas, groups and serials that the Social Security Administration never gives out are no numbers."""
    digits = _digits(text)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"


_PHONE_DIGITS = range(8, 16)


def _phone(text: str) -> bool:
    digits = _digits(text.lower().partition("x")[0])
    return len(digits) in _PHONE_DIGITS or (len(digits) == 7 and "-" in text)  # noqa: PLR2004 - a local number, 555-0123


def _address(text: str) -> bool:
    """Not what stands for no machine, nor ``a::b``, which is more often code."""
    if not any(character in "0123456789" for character in text):
        return False
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (found.is_unspecified or text in {"127.0.0.1", "::1", "255.255.255.255"})


_DIGIT = r"[0-9]"
_SECRETS = "|".join(  # noqa: FLY002 - one form a line is how it is read
    (
        r"sk-(?:proj-|svcacct-|admin-|ant-(?:api|admin)[0-9]{2}-|or-v1-|lf-)?[A-Za-z0-9_-]{20,250}",
        r"tt_(?:live|test)_[A-Za-z0-9]{20,100}",
        r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,250}",
        r"whsec_[A-Za-z0-9+/=]{20,100}",
        r"gh[pousr]_[A-Za-z0-9]{36,255}",
        r"github_pat_[A-Za-z0-9_]{22,255}",
        r"glpat-[A-Za-z0-9_-]{20,64}",
        r"xox[abeprs]-[A-Za-z0-9-]{10,250}",
        r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{20,120}",
        r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
        r"AIza[A-Za-z0-9_-]{35}",
        r"ya29\.[A-Za-z0-9_-]{20,500}",
        r"GOCSPX-[A-Za-z0-9_-]{28}",
        r"hf_[A-Za-z0-9]{30,60}",
        r"npm_[A-Za-z0-9]{36}",
        r"pypi-[A-Za-z0-9_-]{50,500}",
        r"dop_v1_[a-f0-9]{64}",
        r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}",
        r"SK[0-9a-f]{32}",
        r"key-[0-9a-f]{32}",
        r"gsk_[A-Za-z0-9]{40,60}",
        r"r8_[A-Za-z0-9]{37}",
        r"xai-[A-Za-z0-9]{60,100}",
        r"pplx-[A-Za-z0-9]{40,64}",
        r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
        r"dapi[0-9a-f]{32}",
        r"lin_api_[A-Za-z0-9]{40}",
        r"sntrys_[A-Za-z0-9+/=_]{40,250}",
        r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",
    )
)
_HINT_OF_SECRETS = (
    r"sk-|tt_|k_(?:live|test)_|whsec_|gh[pousr]_|github_pat_|glpat-|xox|hooks\.slack|A(?:KIA|SIA|BIA|CCA)|AIza|ya29\.|GOCSPX-|"
    r"hf_|npm_|pypi-|dop_v1_|SG\.|SK[0-9a-f]|key-|gsk_|r8_|xai-|pplx-|shp(?:at|ca|pa|ss)_|dapi|lin_api_|sntrys_|:AA"
)
_ASSIGNED = (
    r"(?i:\b(?:api[_-]?key|secret(?:[_-]?(?:access[_-]?)?key)?|access[_-]?token|auth[_-]?token|password|passwd|client[_-]?secret)"
    r"[\"']?\s{0,3}[:=]\s{0,3}[\"']?)(?P<value>(?=[^\s\"',;]{0,99}[0-9])(?=[^\s\"',;]{0,99}[A-Za-z])[^\s\"',;\[\]]{8,100})"
)
_PHONE = (
    r"(?<![\w.+-])(?:"
    # international: a plus or 00, the country, then groups
    r"(?:\+|(?<![0-9] )00(?=[1-9]))[1-9](?:[\s().-]{0,2}[0-9]){6,14}"
    # North America: area code, exchange, line
    r"|(?:1[\s.-]?)?(?:\([2-9][0-9]{2}\)\s?|[2-9][0-9]{2}[\s.-])[0-9]{3}[\s.-][0-9]{4}"
    # a trunk zero and groups: 020 7946 0958, 06 12 34 56 78, 030/1234567, (0)171-1234567
    r"|(?<![0-9] )\(?0[1-9][0-9]{0,4}\)?[\s./-]{1,2}[0-9]{2,8}(?:[\s.-][0-9]{2,4}){0,4}"
    # a local line
    r"|(?<![0-9] )[2-9][0-9]{2}-[0-9]{4}(?=$|[\s.,;)])"
    r")(?:\s{0,2}(?:x|ext\.?|extension)\s{0,2}[0-9]{1,6})?(?![\w-])"
)


@cache
def _patterns() -> tuple[Pattern, ...]:
    """Compiled on first use; the order is the precedence."""

    def pattern(kind: str, regex: str, hint: str, valid: Callable[[str], bool] | None = None) -> Pattern:
        return Pattern(kind, re.compile(regex), re.compile(hint), valid)

    private_key = r"-----BEGIN (?P<what>[A-Z ]{0,40}PRIVATE KEY)-----[\s\S]{0,20000}?(?:-----END (?P=what)-----|\Z)"
    jwt = r"\beyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,8000}\.[A-Za-z0-9_-]{0,2000}"
    email = r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\w](?:[\w-]{0,61}[\w])?\.){1,8}[^\W\d_]{2,24}(?![\w-])"
    iban = r"\b[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,4})?\b"
    card = rf"(?<![\w.+-]){_DIGIT}{{4}}(?:[ -]?{_DIGIT}){{8,15}}(?![\w-])"
    ssn = rf"(?<![\w-])(?:{_DIGIT}{{3}}-{_DIGIT}{{2}}-{_DIGIT}{{4}}|{_DIGIT}{{3}} {_DIGIT}{{2}} {_DIGIT}{{4}})(?![\w-])"
    ipv4 = rf"(?<![\w.])(?:{_DIGIT}{{1,3}}\.){{3}}{_DIGIT}{{1,3}}(?![\w]|\.[0-9])"
    ipv6 = r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])"
    return (
        pattern("PRIVATE_KEY", private_key, "-----BEGIN "),
        pattern("TOKEN", jwt, "eyJ"),
        pattern("SECRET", rf"(?<![A-Za-z0-9_-])(?:{_SECRETS})(?![A-Za-z0-9_])", _HINT_OF_SECRETS),
        pattern("EMAIL", email, "@"),
        pattern("IBAN", iban, r"[A-Za-z]{2}[0-9]{2}", _iban),
        pattern("CARD", card, r"[0-9]{4}", _card),
        pattern("SSN", ssn, r"[0-9]{3}[- ][0-9]{2}[- ]", _ssn),
        pattern("IP", ipv4, r"[0-9]\.[0-9]", _address),
        pattern("IP", ipv6, r":[0-9A-Fa-f]{0,4}:", _address),
        pattern("SECRET", _ASSIGNED, r"(?i:key|secret|token|passw)"),
        pattern("PHONE", _PHONE, r"[0-9][0-9)\s./-]{1,3}[0-9]", _phone),
    )
