"""Whether a workspace lets answers be given again."""

from pydantic import ConfigDict

from tertulia.platform.wire import Wire


class AnswerCacheSettings(Wire):
    model_config = ConfigDict(extra="forbid")
    exact: bool = False
    """At temperature 0 the same request, to the letter, is given the answer of the last hour."""
    similar: bool = False
    """So is a first question that asks the very same in other words."""
