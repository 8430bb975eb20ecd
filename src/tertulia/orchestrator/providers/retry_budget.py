"""How many retries all calls together may cost: a fifth of their number, so that a provider in trouble gets less work.

Each call pays in a little less than a fifth of a retry, so that the one retry a young process may make on credit is
paid back by its fiftieth call.
"""

_A_CALL_PAYS = 0.18
_MOST_SAVED = 10.0


class RetryBudget:
    """One for a process."""

    def __init__(self) -> None:
        self._saved = 1.0

    def call(self) -> None:
        """A call begins."""
        self._saved = min(_MOST_SAVED, self._saved + _A_CALL_PAYS)

    def retry(self) -> bool:
        """Whether one more attempt may be made; it is taken as made."""
        if self._saved < 1:
            return False
        self._saved -= 1
        return True
