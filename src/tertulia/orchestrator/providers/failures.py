"""How a provider can fail, as facts with a code and a sentence that tells the reader what to do.

None of them carries what was asked or answered; ``ProviderRejected`` alone keeps the provider's own words, for the one
who asked.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar

import msgspec

from tertulia.platform.errors import TertuliaError


class ProviderFailure(TertuliaError):
    """Any of them."""

    status, code, title = 502, "provider_failed", "The model's provider failed"
    openai_type: ClassVar[str] = "server_error"


class ProviderFailed(ProviderFailure):
    """It answered with a 5xx."""


class ProviderUnreachable(ProviderFailure):
    status, code, title = 503, "provider_unreachable", "The model's provider cannot be reached"


class ProviderBusy(ProviderFailure):
    """It answered 429; ``retry_after`` is its own wish."""

    status, code, title = 429, "rate_limit_exceeded", "The model's provider is at its limit"
    openai_type: ClassVar[str] = "requests"


class ProviderOutOfQuota(ProviderBusy):
    """Our account there is used up: trying again does not help."""

    code, title = "insufficient_quota", "The account at the model's provider is used up"
    openai_type: ClassVar[str] = "insufficient_quota"
    should_retry: ClassVar[bool | None] = False


class ProviderMisconfigured(ProviderFailure):
    """It does not know our key, or the model."""

    code, title = "provider_misconfigured", "The model's provider refuses our key or model"


class ProviderSilent(ProviderFailure):
    status, code, title = 504, "provider_silent", "The model's provider took too long"


class ProviderLied(ProviderFailure):
    """What came is not what its protocol promises."""

    code, title = "provider_malformed", "The model's provider sent something unreadable"


class ProviderEndless(ProviderLied):
    """It says more than any model does, as one that repeats itself for ever."""

    code, title = "provider_endless", "The model's provider does not come to an end"


class ProviderBrokeOff(ProviderFailure):
    """The answer stopped before its end."""

    code, title = "provider_broke_off", "The model's provider broke off"


class ProviderRejected(ProviderFailure):
    """The request itself is not acceptable to it; its words are passed on to whoever asked."""

    status, code, title = 400, "provider_rejected", "The model's provider does not accept the request"
    openai_type: ClassVar[str] = "invalid_request_error"


class ContextExceeded(ProviderRejected):
    code, title = "context_length_exceeded", "Too long for the model"


class ProviderBlocked(ProviderRejected):
    code, title = "content_filter", "The model's provider does not answer this"


class Told(msgspec.Struct):
    """What an error answer says of itself."""

    message: str | None = None
    param: str | None = None
    code: str | int | None = None
    type: str | None = None
    metadata: Any = None


class _Body(msgspec.Struct):
    error: Told | str = ""


_QUOTA = {"insufficient_quota", "billing_hard_limit_reached"}
_TOO_LONG = {"context_length_exceeded", "exceed_context_size_error"}
_NO_MODEL = {"model_not_found", "NotFoundError", "not_found_error", "invalid_model", "DeploymentNotFound"}
_NO_SUCH_MODEL = re.compile(r"\bmodel\b.{0,200}\bnot (?:found|exist)\b", re.IGNORECASE | re.DOTALL)
_BLOCKED = {"content_filter", "content_policy_violation"}
_OUR_FAULT = {401, 402, 403}
_NO_SUCH_ADDRESS = {404, 405}
"""Ours too, unless something else than the model is told: some say so that no machine of theirs can do what the request
asks.
"""

_ITS_FAULT = {408, 409, 425}
"""The same request may well be answered a moment later."""

_BUSY = 429
_FORBIDDEN = 403
_PASSING = (_BUSY, 503)
_LEAST_ERROR = 400
_SERVER = 500
_STATUS = re.compile("[0-9]{3}")
_STATUS_OF = {
    "invalid_request_error": 400, "BadRequestError": 400, "authentication_error": 401, "permission_error": 403,
    "not_found_error": 404, "request_too_large": 413, "rate_limit_error": 429, "rate_limit_exceeded": 429,
    "requests": 429, "tokens": 429, "insufficient_quota": 429,
}  # fmt: skip
"""By its type or code; what is not here is the provider's own failure."""

_LONGEST_WAIT = timedelta(minutes=5)
_LONGEST_MESSAGE = 2_000


def only_takes_time(failure: TertuliaError) -> bool:
    """Whether the same may well be answered later: a limit is reached or something is away, and no account used up."""
    return failure.status in _PASSING and not isinstance(failure, ProviderOutOfQuota)


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> ProviderFailure:
    """The failure that an error answer stands for."""
    told = told_in(body)
    named = {str(told.code), str(told.type)}
    retry_after = _retry_after(headers)
    if status == _BUSY:
        busy = ProviderBusy("The model's provider is at its limit. Try again shortly.", retry_after=retry_after)
        return out_of_quota() if named & _QUOTA else busy
    if named & _BLOCKED or (status == _FORBIDDEN and _is_moderated(told)):
        return blocked()
    if status in _OUR_FAULT or named & _NO_MODEL or (status in _NO_SUCH_ADDRESS and _names_no_other_fault(told)):
        return misconfigured()
    # Less than an error is no answer either, and not the asker's fault.
    if status in _ITS_FAULT or status >= _SERVER or status < _LEAST_ERROR:
        return ProviderFailed("The model's provider failed. Try again shortly.", retry_after=retry_after)
    if named & _TOO_LONG:
        return too_long()
    message = (told.message or "The model's provider does not accept the request.")[:_LONGEST_MESSAGE]
    return ProviderRejected(message, param=told.param)


def refusal_within(told: object) -> ProviderFailure:
    """The failure that an error in the middle of a stream stands for: a status, where it has one, is told within."""
    body = msgspec.json.encode({"error": told})
    error = told_in(body)
    kind, code = str(error.type), str(error.code)
    status = int(code) if _STATUS.fullmatch(code) else _STATUS_OF.get(kind) or _STATUS_OF.get(code) or _SERVER
    return refusal(status if status >= _LEAST_ERROR else _SERVER, {}, body)


def _names_no_other_fault(told: Told) -> bool:
    return not told.message or bool(_NO_SUCH_MODEL.search(told.message))


def _is_moderated(told: Told) -> bool:
    """Some forbid so what their filter has found in the question, which says nothing of our key."""
    return isinstance(told.metadata, dict) and bool(told.metadata.get("reasons") or told.metadata.get("flagged_input"))


def blocked() -> ProviderBlocked:
    return ProviderBlocked("The model's provider refuses to answer this. Say it differently.")


def out_of_quota() -> ProviderOutOfQuota:
    return ProviderOutOfQuota("The provider's account has no credit left. An operator has to top it up.")


BROKEN = "The model's provider failed in the middle of the answer. Ask again."


def misconfigured() -> ProviderMisconfigured:
    return ProviderMisconfigured("The model's provider refused us. Choose another model, or tell your operator.")


def too_long() -> ContextExceeded:
    return ContextExceeded("This is too long for the model. Shorten it, or choose a model with a larger window.")


UNREADABLE_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""How a decoder fails at bytes that are no JSON, or JSON that is nested too deeply."""


def told_in(body: bytes) -> Told:
    try:
        told = msgspec.json.decode(body, type=_Body).error
    except UNREADABLE_JSON:
        return Told()
    return told if isinstance(told, Told) else Told(message=told or None)


def _retry_after(headers: Mapping[str, str]) -> timedelta:
    """In milliseconds, in seconds, or as a date of HTTP; a second where nothing readable was said. What no calendar
    holds is long.
    """
    for read in (_milliseconds, _seconds, _until):
        try:
            wait = read(headers)
        except (KeyError, ValueError):
            continue
        except OverflowError:
            return _LONGEST_WAIT
        return min(max(wait, timedelta()), _LONGEST_WAIT)
    return timedelta(seconds=1)


def _milliseconds(headers: Mapping[str, str]) -> timedelta:
    return timedelta(milliseconds=float(headers["retry-after-ms"]))


def _seconds(headers: Mapping[str, str]) -> timedelta:
    return timedelta(seconds=float(headers["retry-after"]))


def _until(headers: Mapping[str, str]) -> timedelta:
    until = parsedate_to_datetime(headers["retry-after"])
    return until.astimezone(UTC) - datetime.now(UTC)
