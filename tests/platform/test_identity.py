"""Identities: what the edge signed is believed, and nothing else."""

import base64
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from tertulia.platform import context
from tertulia.platform.errors import Unauthenticated
from tertulia.platform.identity import HEADER, Identity, IdentityIssuer, IdentityVerifier, identify

KEY = Ed25519PrivateKey.generate()
WHO = Identity(kind="session", credential_id=uuid4(), plan="free", user_id=uuid4(), workspace_id=uuid4(), role="owner")


def _verifier() -> IdentityVerifier:
    return IdentityVerifier(KEY.public_key())


def test_a_token_carries_the_identity() -> None:
    """All that was signed comes back, absent parts too."""
    issuer = IdentityIssuer(KEY)
    key = Identity(kind="api_key", credential_id=uuid4(), plan="pro", scopes=("inference",))
    for who in (WHO, key):
        assert _verifier().verify(issuer.issue(who)) == who


def test_the_same_identity_gets_the_same_token_for_half_a_minute() -> None:
    """Signing costs; a token that is handed out holds for half a minute at least."""
    issuer = IdentityIssuer(KEY)
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        token = issuer.issue(WHO)
        clock.shift(29)
        assert issuer.issue(WHO) == token
        clock.shift(2)
        renewed = issuer.issue(WHO)
        assert renewed != token
        verifier = _verifier()
        assert verifier.verify(token) == WHO
        clock.shift(35)
        with pytest.raises(Unauthenticated):
            verifier.verify(token)
        with pytest.raises(Unauthenticated):
            _verifier().verify(token)
        assert verifier.verify(renewed) == WHO


def _claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=="))
    return claims


def _signed(change: Callable[[dict[str, Any]], Any], key: Ed25519PrivateKey = KEY) -> str:
    claims = _claims(IdentityIssuer(KEY).issue(WHO))
    change(claims)
    own = OKPKey.import_key(IdentityIssuer(key)._key.as_dict(private=True))
    return jwt.encode({"alg": "Ed25519"}, claims, own, algorithms=["Ed25519"])


def _unsigned() -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    return f"{head}.{IdentityIssuer(KEY).issue(WHO).split('.')[1]}."


def _by_public_key_as_secret() -> str:
    secret = OctKey.import_key(KEY.public_key().public_bytes_raw())
    return jwt.encode({"alg": "HS256"}, _claims(IdentityIssuer(KEY).issue(WHO)), secret, algorithms=["HS256"])


FORGED: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "no token": lambda: "abc",
    "three parts of nothing": lambda: "..",
    "not base64": lambda: "a.b.c",
    "cut": lambda: IdentityIssuer(KEY).issue(WHO)[:-6],
    "unsigned": _unsigned,
    "public key as a secret": _by_public_key_as_secret,
    "another key": lambda: IdentityIssuer(Ed25519PrivateKey.generate()).issue(WHO),
    "another audience": lambda: _signed(lambda c: c.update(aud="elsewhere")),
    "no audience": lambda: _signed(lambda c: c.pop("aud")),
    "no end": lambda: _signed(lambda c: c.pop("exp")),
    "over long": lambda: _signed(lambda c: c.update(exp=c["exp"] + 3600)),
    "ended": lambda: _signed(lambda c: c.update(iat=c["iat"] - 100, exp=c["exp"] - 100)),
    "from the future": lambda: _signed(lambda c: c.update(iat=c["iat"] + 900, exp=c["exp"] + 900)),
    "end as text": lambda: _signed(lambda c: c.update(exp="never")),
    "nobody": lambda: _signed(lambda c: c.pop("who")),
    "a kind unknown": lambda: _signed(lambda c: c["who"].update(kind="root")),
    "a list": lambda: _signed(lambda c: c.update(who=[])),
    "changed body": lambda: IdentityIssuer(KEY).issue(WHO).replace(".", ".e", 1),
}


@pytest.mark.parametrize("how", FORGED)
def test_forged_tokens_are_refused(how: str) -> None:
    """Every way to make a token without the edge's key, or to stretch one, ends in 401."""
    with pytest.raises(Unauthenticated):
        _verifier().verify(FORGED[how]())


def test_a_caller_is_noted_in_the_calls_context() -> None:
    """Logs know the workspace, and calls that go on from here carry the token."""
    token = IdentityIssuer(KEY).issue(WHO)
    scope = {"type": "http", "headers": [(HEADER.encode(), token.encode())]}
    with context.serving(context.CallContext(request_id="r")) as call:
        assert identify(scope, _verifier()) == WHO
        assert (call.identity, call.workspace_id) == (token, WHO.workspace_id)


@pytest.mark.parametrize("times", [0, 2])
def test_exactly_one_identity_is_taken(times: int) -> None:
    """None is nobody; two are an attempt to confuse."""
    token = IdentityIssuer(KEY).issue(WHO).encode()
    with pytest.raises(Unauthenticated):
        identify({"type": "http", "headers": [(HEADER.encode(), token)] * times}, _verifier())
