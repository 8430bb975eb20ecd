"""Whether a workspace lets answers be given again."""

from pydantic import BaseModel, ConfigDict


class AnswerCacheSettings(BaseModel):
    """``exact``: at temperature 0 the same request, to the letter, is given the answer of the last hour.

    ``similar``: so is a first question that asks the very same in other words.
    """

    model_config = ConfigDict(extra="forbid")
    exact: bool = False
    similar: bool = False
