"""Payment cards by prefix, length and Luhn; bank accounts by ISO 13616; wallets by their own checksums."""

import hashlib
import re

from tertulia.orchestrator.redaction.patterns.form import Form, digits_of, form

_CARD = r"(?<![\w.+-])[0-9]{4}(?:[ -]?[0-9]){8,15}(?![\w-])"
_IBAN = (
    r"\b(?:[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{11,30}"
    # in groups; a last one without a digit is the next word
    r"|[A-Z]{2}[0-9]{2}(?: [A-Z0-9]{4}){2,7}(?: (?=[A-Z0-9]{0,2}[0-9])[A-Z0-9]{1,3})?)\b"
)
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_CARD_OF = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})"  # Visa
    r"|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"  # Mastercard, 2-series too
    r"|3[47][0-9]{13}"  # American Express
    r"|3(?:0[0-5]|095|[689][0-9])[0-9]{11,16}"  # Diners
    r"|(?:35(?:2[89]|[3-8][0-9]))[0-9]{12,15}|(?:2131|1800)[0-9]{11}"  # JCB
    r"|(?:6[0-9]|50|5[6-8])[0-9]{14,17}"  # Discover, UnionPay, Maestro
    r"|(?:5018|5020|5038|5[6-8][0-9]{2}|6304|6390|67[0-9]{2})[0-9]{8,11}"  # the shorter numbers of Maestro
    r"|220[0-4][0-9]{12}"  # Mir
)


def forms() -> tuple[Form, ...]:
    return (
        form("WALLET", r"\b(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|(?:bc1|BC1)[A-Za-z0-9]{11,71})\b", "[13]", _bitcoin),
        form("WALLET", r"\b0x[0-9a-fA-F]{40}\b", "0x"),
        form("IBAN", _IBAN, r"[A-Za-z]{2}[0-9]{2}", _iban),
        form("CARD", _CARD, r"[0-9]{4}", _card),
    )


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the sum of its two digits
    return total % 10 == 0


def _card(text: str) -> bool:
    digits = digits_of(text)
    return len(set(digits)) > 1 and _CARD_OF.fullmatch(digits) is not None and luhn(digits)


_IBAN_LENGTHS = range(15, 35)


def _iban(text: str) -> bool:
    """ISO 13616: the remainder of the rearranged number by 97 is 1."""
    plain = text.replace(" ", "").upper()
    if len(plain) not in _IBAN_LENGTHS:
        return False
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1


def _bitcoin(text: str) -> bool:
    return _bech32(text.lower()) if text[:2].lower() == "bc" else _base58check(text)


_ADDRESS_BYTES = 25


def _base58check(text: str) -> bool:
    """A version byte, 20 bytes, and the first four of their double SHA-256."""
    number = 0
    for character in text:
        number = number * 58 + _BASE58.index(character)
    if number.bit_length() > 8 * _ADDRESS_BYTES:
        return False
    raw = number.to_bytes(_ADDRESS_BYTES, "big")
    return hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_SUMS = frozenset({1, 0x2BC830A3})


def _bech32(text: str) -> bool:
    """BIP 173 and, by its other constant, BIP 350."""
    prefix, _, data = text.rpartition("1")
    if not data or any(character not in _BECH32 for character in data):
        return False
    expanded = [ord(one) >> 5 for one in prefix] + [0] + [ord(one) & 31 for one in prefix]
    total = 1
    for value in expanded + [_BECH32.index(character) for character in data]:
        top = total >> 25
        total = (total & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            total ^= generator if top >> bit & 1 else 0
    return total in _BECH32_SUMS
