"""The one error of the one-machine mode: a sentence a person can act on, shown without a stack trace."""


class LocalError(Exception):
    """Something the person must mend; its text is one line that says what is wrong and what to do."""
