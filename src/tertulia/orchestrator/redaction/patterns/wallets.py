"""Wallets of crypto currencies: by their own checksums, by a form that nothing else has, or by the words before them.

What Bitcoin, Litecoin, Dogecoin, Dash, Tron, Zcash and Ripple write is base58check, whatever it begins with; what
begins with a name and a 1 is bech32 (BIP 173 and 350), Cosmos' and Cardano's too. Solana's has no checksum.
"""

import hashlib

from tertulia.orchestrator.redaction.patterns.form import Form, form

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RIPPLE = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_IN_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
_SEGWIT = r"\b(?:(?:bc|tb|ltc|addr|stake|cosmos|osmo|juno|inj|terra)1[a-z0-9]{11,110}|(?:BC|TB|LTC)1[A-Z0-9]{11,71})\b"
_MONERO = rf"\b[48]{_IN_BASE58}{{94}}(?:{_IN_BASE58}{{11}})?\b"
_AFTER_SOLANA = (
    r"(?i:(?<![a-z])(?:sol|solana|phantom|solflare|wallet)(?:\s(?:wallet|address|is|to)){0,3}[\"']?[\s:=]{1,3}[\"']?)"
)


def forms() -> tuple[Form, ...]:
    return (
        form("WALLET", _SEGWIT, r"(?:bc|tb|ltc|addr|stake|cosmos|osmo|juno|inj|terra|BC|TB|LTC)1", _bech32),
        form("WALLET", r"\b0x[0-9a-fA-F]{40}\b", "0x[0-9a-fA-F]{40}"),
        form("WALLET", rf"\b{_IN_BASE58}{{26,35}}\b", rf"{_IN_BASE58}{{26}}", _base58check),
        form("WALLET", _MONERO, rf"[48]{_IN_BASE58}{{94}}"),
        form("WALLET", rf"\b{_IN_BASE58}{{43,44}}\b", rf"{_IN_BASE58}{{43}}", after=_AFTER_SOLANA),
    )


_ADDRESS_BYTES = 25


def _base58check(text: str) -> bool:
    """A version byte, 20 bytes, and the first four of their double SHA-256."""
    return any(_checked(text, alphabet) for alphabet in (_BASE58, _RIPPLE))


def _checked(text: str, alphabet: str) -> bool:
    number = 0
    for character in text:
        number = number * 58 + alphabet.index(character)
    if number.bit_length() > 8 * _ADDRESS_BYTES:
        return False
    raw = number.to_bytes(_ADDRESS_BYTES, "big")
    return hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_SUMS = frozenset({1, 0x2BC830A3})


def _bech32(text: str) -> bool:
    """BIP 173 and, by its other constant, BIP 350."""
    prefix, _, data = text.lower().rpartition("1")
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
