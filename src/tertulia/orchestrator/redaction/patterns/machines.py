"""Addresses of machines: IP and MAC."""

import ipaddress

from tertulia.orchestrator.redaction.patterns.form import Form, form

_MAC = (
    r"(?<![\w:.-])(?:[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}"
    r"|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4})(?![\w:-])"
)
_IPV4 = r"(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?:/(?:[12]?[0-9]|3[0-2])\b(?!\.))?(?![\w]|\.[0-9])"
_IPV6 = r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?:%[A-Za-z0-9]{1,15})?(?:/[0-9]{1,3}\b)?(?![\w:])"
_VERSION = (
    r"(?i:\b(?:v|ver|version|release|build|firmware|driver|update|revision|rev|section|chapter|clause|paragraph|"
    r"figure|§)"
    r"(?:\s(?:to|is|number|no\.?))?[\s:]{0,2})"
)
"""What comes behind it has four numbers too."""


def forms() -> tuple[Form, ...]:
    return (
        form("MAC", _MAC, r"[0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-]|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.", _mac),
        form("IP", _IPV4, r"[0-9]\.[0-9]", _ip, unless=_VERSION),
        form("IP", _IPV6, r":[0-9A-Fa-f]{0,4}:", _ip),
    )


def _mac(text: str) -> bool:
    """Not nobody's, nor everybody's."""
    return bool(set(text.lower()) - set("0:-.")) and bool(set(text.lower()) - set("f:-."))


def _ip(text: str) -> bool:
    """Not what stands for no machine, nor ``a::b``, which is more often code."""
    if not any(character in "0123456789" for character in text):
        return False
    try:
        found = ipaddress.ip_interface(text)
    except ValueError:
        return False
    return not (found.ip.is_unspecified or text.partition("/")[0] in {"127.0.0.1", "::1", "255.255.255.255"})
