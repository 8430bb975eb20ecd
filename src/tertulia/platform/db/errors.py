"""What a failed database call means to the caller: come back later, or it took too long.

Constraint violations and mistakes in SQL are left as they are: the first are a rule's business, the second a fault.
"""

from datetime import timedelta

import psycopg
from psycopg import errors
from sqlalchemy.exc import DBAPIError

from tertulia.platform.errors import DeadlineExceeded, TertuliaError, Unavailable

_SHORTLY = timedelta(seconds=1)
_PASSING = (psycopg.OperationalError, errors.IdleInTransactionSessionTimeout)


def typed(error: BaseException, *, writing: bool) -> TertuliaError | None:
    """The error to raise in place of the driver's, or None when the driver's own says it best.

    A server that is read-only to a write session is a primary that was replaced; to a read session it is right.
    """
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, errors.QueryCanceled):
        return DeadlineExceeded("The database took longer over this than a request may.")
    if writing and isinstance(cause, errors.ReadOnlySqlTransaction):
        return Unavailable("The database is changing over. Try again shortly.", retry_after=_SHORTLY)
    if is_outdated(error):
        return Unavailable("The database has just been upgraded. Try again.", retry_after=_SHORTLY)
    if isinstance(cause, _PASSING) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return Unavailable("The database cannot take this at the moment. Try again shortly.", retry_after=_SHORTLY)
    return None


def is_outdated(error: BaseException) -> bool:
    """Whether a statement was prepared before a migration changed what it returns: its connection cannot go on."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, errors.FeatureNotSupported) and "cached plan" in str(cause)


def exhausted(wait: timedelta) -> Unavailable:
    return Unavailable(
        f"Every database connection was busy for {wait.total_seconds():g} s. Try again shortly.", retry_after=_SHORTLY
    )


def overrun(waiting: int) -> Unavailable:
    return Unavailable(f"{waiting} wait for a database connection already. Try again shortly.", retry_after=_SHORTLY)
