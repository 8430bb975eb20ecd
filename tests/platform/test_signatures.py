"""Signatures between services: each part of a call is covered, and no call is good twice."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver
from http_message_signatures.algorithms import ED25519

from tertulia.platform.errors import TertuliaError, Unauthenticated, Unavailable
from tertulia.platform.identity import HEADER
from tertulia.platform.signatures import Signer, Trust, load_private_key, load_trust

KEY = Ed25519PrivateKey.generate()
OTHER = Ed25519PrivateKey.generate()


def _trust() -> Trust:
    return Trust({"chat": KEY.public_key(), "auth": OTHER.public_key()})


class Call:
    """A signed call on its way: a test changes one thing of it."""

    def __init__(self, body: bytes = b'{"a":1}', key: Ed25519PrivateKey = KEY, *, identity: bool = True) -> None:
        self.method, self.path, self.query, self.body = "POST", "/internal/auth/x", b"limit=3", body
        self.headers = {HEADER: "who"} if identity else {}
        Signer("chat", key).sign(self.method, f"{self.path}?{self.query.decode()}", self.headers, body)
        self.headers = {name.lower(): value for name, value in self.headers.items()}

    def verify(self, trust: Trust) -> str:
        scope: dict[str, Any] = {
            "type": "http",
            "method": self.method,
            "raw_path": self.path.encode(),
            "query_string": self.query,
            "headers": [(name.encode(), value.encode()) for name, value in self.headers.items()],
        }
        return trust.verify(scope, self.body)


@pytest.mark.parametrize("body", [b"", b'{"a":1}', b"\xff\x00"])
@pytest.mark.parametrize("identity", [True, False])
def test_a_signed_call_names_its_service(body: bytes, identity: bool) -> None:
    """With or without a body, on somebody's behalf or on nobody's."""
    assert Call(body, identity=identity).verify(_trust()) == "chat"


@pytest.mark.parametrize("identity", [True, False])
def test_the_one_form_is_that_of_the_rfc(identity: bool) -> None:
    """A general implementation of RFC 9421 verifies what we sign, with all that must be covered."""
    call = Call(identity=identity)
    covered = ("@method", "@request-target", "content-digest", *((HEADER,) if identity else ()))
    verifier = HTTPMessageVerifier(
        signature_algorithm=ED25519,
        key_resolver=MappingKeyResolver(public_keys={"chat": KEY.public_key()}, private_keys={}),
    )
    message = SimpleNamespace(method=call.method, url="http://x/internal/auth/x?limit=3", headers=call.headers)
    (result,) = verifier.verify(
        message, max_age=timedelta(minutes=1), expect_tag="tertulia", require_components=covered, body=call.body
    )
    assert result.parameters["keyid"] == "chat"


def _set(name: str, value: Any) -> Callable[[Call], None]:
    return lambda call: setattr(call, name, value)


def _header(name: str, change: Callable[[str], str]) -> Callable[[Call], None]:
    def tamper(call: Call) -> None:
        call.headers[name] = change(call.headers[name])

    return tamper


def _without(name: str) -> Callable[[Call], None]:
    return lambda call: call.headers.__delitem__(name)


TAMPERED: dict[str, Callable[[Call], None]] = {
    "method": _set("method", "DELETE"),
    "path": _set("path", "/internal/auth/y"),
    "path spelt otherwise": _set("path", "/internal/auth/%78"),
    "query": _set("query", b"limit=4"),
    "query gone": _set("query", b""),
    "body": _set("body", b'{"a":2}'),
    "body gone": _set("body", b""),
    "body and digest": lambda call: (
        _set("body", b"x")(call),
        call.headers.update(
            {"content-digest": f"sha-256=:{base64.b64encode(__import__('hashlib').sha256(b'x').digest()).decode()}:"}
        ),
    )[0],
    "identity": _header(HEADER, lambda _: "somebody else"),
    "identity gone": _without(HEADER),
    "digest gone": _without("content-digest"),
    "signature gone": _without("signature"),
    "input gone": _without("signature-input"),
    "signature of zeros": _header("signature", lambda v: v.split("=", 1)[0] + "=:" + "A" * 86 + "==:"),
    "created": _header("signature-input", lambda v: v.replace("created=1", "created=2", 1)),
    "nonce": _header("signature-input", lambda v: v.replace('nonce="', 'nonce="x', 1)),
    "signer": _header("signature-input", lambda v: v.replace('keyid="chat"', 'keyid="auth"')),
    "unknown signer": _header("signature-input", lambda v: v.replace('keyid="chat"', 'keyid="root"')),
    "algorithm": _header("signature-input", lambda v: v.replace("ed25519", "hmac-sha256")),
    "tag": _header("signature-input", lambda v: v.replace('tag="tertulia"', 'tag="x"')),
    "fewer parts covered": _header("signature-input", lambda v: v.replace(' "content-digest"', "")),
    "nonsense": _header("signature-input", lambda _: "%%%"),
    "a second signature": _header("signature-input", lambda v: f"{v}, {v.replace('tertulia=', 'other=', 1)}"),
    "a longer signature": _header("signature", lambda v: v.replace("==:", "AA:")),
    "a newline in the input": _header("signature-input", lambda v: f"{v}\n"),
    "not ASCII": _header(HEADER, lambda _: "wh\xf6"),
}


@pytest.mark.parametrize("part", TAMPERED)
def test_a_changed_call_is_refused(part: str) -> None:
    """Whatever is changed on the way, the answer is 401."""
    call = Call()
    TAMPERED[part](call)
    with pytest.raises(Unauthenticated):
        call.verify(_trust())


def test_an_identity_cannot_be_added_to_a_signed_call() -> None:
    """A call that was signed on nobody's behalf stays so."""
    call = Call(identity=False)
    call.headers[HEADER] = "somebody"
    with pytest.raises(Unauthenticated):
        call.verify(_trust())


def test_another_services_key_does_not_sign_for_this_one() -> None:
    """The name is bound to the key."""
    with pytest.raises(Unauthenticated):
        Call(key=OTHER).verify(_trust())


def test_a_call_is_good_once() -> None:
    """Who records a call and sends it again is refused."""
    call, trust = Call(), _trust()
    assert call.verify(trust) == "chat"
    with pytest.raises(Unauthenticated):
        call.verify(trust)


@pytest.mark.parametrize(("later", "good"), [(0, True), (64, True), (66, False), (-4, True), (-7, False)])
def test_a_call_is_good_for_a_minute(later: int, good: bool) -> None:
    """Old ones are refused, and those from a future that clocks do not explain."""
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        call = Call()
        clock.shift(later)
        if good:
            assert call.verify(_trust()) == "chat"
        else:
            with pytest.raises(Unauthenticated):
                call.verify(_trust())


def test_nonces_are_bounded_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory for them has an end: beyond it calls are refused, never taken unchecked."""
    monkeypatch.setattr("tertulia.platform.signatures._NONCES", 2)
    trust = _trust()
    for _ in range(2):
        Call().verify(trust)
    with pytest.raises(Unavailable):
        Call().verify(trust)
    for nonce in trust._nonces:
        trust._nonces[nonce] -= 100
    assert Call().verify(trust) == "chat"
    assert len(trust._nonces) == 1


def test_keys_come_from_files(tmp_path: Path) -> None:
    """PEM for one's own key, one JSON file for everybody's public ones."""
    pem, trust = tmp_path / "chat.pem", tmp_path / "trust.json"
    pem.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = base64.urlsafe_b64encode(KEY.public_key().public_bytes_raw()).rstrip(b"=").decode()
    trust.write_text(json.dumps({"chat": public}))
    assert load_private_key(pem).private_bytes_raw() == KEY.private_bytes_raw()
    assert Call().verify(load_trust(trust)) == "chat"
    assert issubclass(Unauthenticated, TertuliaError)
