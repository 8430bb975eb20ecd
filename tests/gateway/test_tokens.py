"""Access tokens and API keys that are not what they seem: every one is a 401, and none of them tells why."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import OKPKey

from tertulia.contracts.credentials import API_KEY_PREFIX, new_api_key
from tertulia.contracts.tokens import LEEWAY, LIFETIME, sign
from tertulia.gateway.authorise import Policy
from tertulia.platform.errors import Unauthenticated
from tertulia.platform.ids import uuid7

if TYPE_CHECKING:
    from tests.gateway.conftest import Edge, Person, StandIn

Signer = Callable[[bytes], bytes]


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Forge:
    """A genuine token's parts, to be put together wrongly."""

    def __init__(self, behind: "StandIn", person: "Person") -> None:
        self.behind = behind
        self.genuine = person.token
        self.claims: dict[str, Any] = msgspec.to_builtins(behind.claims(person.user_id, person.session_id, person.seat))
        self.header = {"alg": "EdDSA", "typ": "at+jwt", "kid": "first"}
        self.stranger = OKPKey.generate_key("Ed25519", {"kid": "first"})

    def own(self, data: bytes) -> bytes:
        key: Ed25519PrivateKey = self.behind.key.private_key  # type: ignore[assignment] # an Ed25519 key was made
        return key.sign(data)

    def make(self, *, header: dict[str, Any] | None = None, signer: Signer | None = None, **claims: Any) -> str:
        """A token with these changes; a claim that is None is left out."""
        kept = {name: value for name, value in (self.claims | claims).items() if value is not None}
        heads = {name: value for name, value in (self.header | (header or {})).items() if value is not None}
        signed = f"{encode(json.dumps(heads).encode())}.{encode(json.dumps(kept).encode())}"
        return f"{signed}.{encode((signer or self.own)(signed.encode()))}"


def forgeries(forge: Forge) -> Iterator[tuple[str, str]]:
    now = int(time.time())
    leeway, lifetime = int(LEEWAY.total_seconds()), int(LIFETIME.total_seconds())
    public = forge.behind.key.as_dict(private=False)["x"]
    assert isinstance(public, str)
    rsa_key = rsa.generate_private_key(65537, 2048)
    ec_key = ec.generate_private_key(ec.SECP256R1())
    head, body, signature = forge.genuine.split(".")

    def with_public_key(data: bytes) -> bytes:
        return hmac.digest(public.encode(), data, hashlib.sha256)

    yield "no signature", f"{head}.{body}."
    yield "two parts", f"{head}.{body}"
    yield "four parts", f"{forge.genuine}.{signature}"
    yield "empty parts", ".."
    yield "no token at all", "garbage"
    yield "not base64", f"{head}.{body}.***"
    yield "another's signature", forge.make(signer=Ed25519PrivateKey.generate().sign)
    yield "a signature of something else", f"{forge.make(sub=str(uuid7())).rsplit('.', 1)[0]}.{signature}"
    yield "a flipped bit", forge.genuine[:-3] + ("A" if forge.genuine[-3] != "A" else "B") + forge.genuine[-2:]
    yield "alg none", forge.make(header={"alg": "none"}, signer=lambda _: b"")
    yield "alg None in capitals", forge.make(header={"alg": "NONE"}, signer=lambda _: b"")
    yield "no alg", forge.make(header={"alg": None})
    yield "HS256 with the public key", forge.make(header={"alg": "HS256"}, signer=with_public_key)
    yield (
        "RS256",
        forge.make(header={"alg": "RS256"}, signer=lambda data: rsa_key.sign(data, padding.PKCS1v15(), SHA256())),
    )
    yield "ES256", forge.make(header={"alg": "ES256"}, signer=lambda data: ec_key.sign(data, ec.ECDSA(SHA256())))
    yield "an unknown kid", forge.make(header={"kid": "second"})
    yield "no kid", forge.make(header={"kid": None})
    yield "a path as kid", forge.make(header={"kid": "../../dev/null"})
    yield "its own key inside", forge.make(header={"jwk": forge.stranger.as_dict(private=False)})
    yield "an address of keys", forge.make(header={"jku": "https://evil.example/jwks.json"})
    yield "a critical extension", forge.make(header={"crit": ["exp"]})
    yield "an ID token's type", forge.make(header={"typ": "JWT"})
    yield "no type", forge.make(header={"typ": None})
    yield "another audience", forge.make(aud="tertulia-internal")
    yield "no audience", forge.make(aud=None)
    yield "a list of audiences", forge.make(aud=["tertulia", "evil"])
    yield "another issuer", forge.make(iss="https://evil.example")
    yield "no issuer", forge.make(iss=None)
    yield "expired", forge.make(iat=now - lifetime - leeway - 5, exp=now - leeway - 5)
    yield "no end", forge.make(exp=None)
    yield "an end in words", forge.make(exp="never")
    yield "good for a year", forge.make(exp=now + 365 * 86400)
    yield "from the future", forge.make(iat=now + leeway + 60, exp=now + leeway + 120)
    yield "no person", forge.make(sub=None)
    yield "a person that is no id", forge.make(sub="admin")
    yield "no session", forge.make(sid=None)
    yield "far too long", forge.make(padding="x" * 9000)
    no_object = f"{head}.{encode(b'[]')}"
    yield "a body that is no object", f"{no_object}.{encode(forge.own(no_object.encode()))}"
    yield "not ASCII", f"{forge.genuine}\u00e9"


async def refused(edge: "Edge", **headers: str) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as raised:
        await edge.ask("GET", "/api/conversations", **headers)
    return raised.value


async def test_every_forged_token_is_refused(edge: "Edge", behind: "StandIn") -> None:
    """All with the same answer, and the genuine one works before and after."""
    person = behind.person()
    forge = Forge(behind, person)
    await edge.ask("GET", "/api/conversations", authorization=f"Bearer {person.token}")
    tried = dict(forgeries(forge))
    assert len(tried) >= 25
    answers = {}
    for name, token in tried.items():
        answers[name] = (await refused(edge, authorization=f"Bearer {token}")).detail
    assert len(set(answers.values())) == 1, answers
    await edge.ask("GET", "/api/conversations", authorization=f"Bearer {forge.make()}")


async def test_forged_kids_do_not_make_us_ask_again_and_again(edge: "Edge", behind: "StandIn") -> None:
    """Whoever invents key ids costs auth nothing."""
    forge = Forge(behind, behind.person())
    for number in range(20):
        await refused(edge, authorization=f"Bearer {forge.make(header={'kid': str(number)})}")
    assert behind.count("jwks.json") == 1


async def test_a_token_of_somebody_who_is_gone_is_refused(edge: "Edge", behind: "StandIn") -> None:
    """Signed and in its time, but auth does not know the person any more."""
    claims = behind.claims(uuid7(), uuid7())
    await refused(edge, authorization=f"Bearer {sign(claims, behind.key)}")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Token abc",
        API_KEY_PREFIX,
        f"Bearer {API_KEY_PREFIX}",
        f"Bearer {new_api_key()[:-1]}",
        f"Bearer {new_api_key()[:-1]}!",
        f"Bearer {new_api_key()}x",
        f"Bearer {API_KEY_PREFIX}{'0' * 38}",
        f"Bearer {new_api_key().replace('tt_live_', 'tt_test_')}",
    ],
    ids=[f"malformed {number}" for number in range(12)],  # keys are random, a test's name is not
)
async def test_a_malformed_credential_is_refused_without_a_look_up(
    edge: "Edge", behind: "StandIn", header: str
) -> None:
    """A wrong scheme or checksum never reaches auth's tables; a session cookie beside it does not help."""
    person = behind.person()
    await refused(edge, authorization=header, cookie=f"tt_session={person.session}")
    assert behind.count("/internal/") == 0


async def test_an_unknown_key_is_asked_about_once(edge: "Edge", behind: "StandIn") -> None:
    """That there is none is known for a while."""
    key = new_api_key()
    for _ in range(5):
        await refused(edge, authorization=f"Bearer {key}")
    assert behind.count("/internal/auth/credentials") == 1


@pytest.mark.parametrize("cookie", ["tt_session=", "tt_session=nobody", f"tt_session={'x' * 300}", "session=x", ";;=;"])
async def test_a_bad_cookie_is_refused(edge: "Edge", cookie: str) -> None:
    """Empty, unknown, endless, or another's."""
    await refused(edge, cookie=cookie)


async def test_on_https_only_the_prefixed_cookie_counts(make_edge: "Callable[..., Edge]", behind: "StandIn") -> None:
    """A neighbouring host could have set the other one."""
    person = behind.person()
    secure = make_edge(Policy(https=True))
    await refused(secure, cookie=f"tt_session={person.session}")
    await secure.ask("GET", "/api/conversations", cookie=f"__Host-tt_session={person.session}")
