"""How likely a small model is to answer a question wrongly: a logistic regression on what its words show.

What counts is what a small model is weak at: several numbers and what is done with them, code, letters and digits one
by one, conditions and comparisons, facts that must be put together. The weights were fitted on a part of the labelled
set (``python -m tertulia.orchestrator.evals.routing.fit``) and are read from ``weights.json``.
"""

import json
import math
import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from itertools import islice

MOST_READ = 4000
"""Characters of a question that are looked at: its end, where it mostly is asked."""


def _counted(pattern: str, most: int) -> Callable[[str], float]:
    """How often it occurs, as a share of ``most``."""
    compiled = re.compile(pattern, re.IGNORECASE)

    def measure(text: str) -> float:
        return sum(1 for _ in islice(compiled.finditer(text), most)) / most

    return measure


def _length(text: str) -> float:
    return math.log1p(len(text)) / math.log1p(MOST_READ)


FEATURES: dict[str, Callable[[str], float]] = {
    "length": _length,
    "numbers": _counted(r"\d+(?:[.,]\d+)*", 6),
    "long numbers": _counted(r"\d{3,}", 2),
    "calculation": _counted(
        r"[\u00d7*/\u00f7%]|\b(percent|multipl\w+|divid\w+|total|altogether|in all|together|average|sum of|change does|"
        r"per|how (many|much|long|far)|reduced|tax|interest|km/h|mph|each|more than|less than)\b",
        3,
    ),
    "reasoning": _counted(
        r"\b(if|then|follows?|therefore|unless|either|every|all|some|none|prove|why|explain|compare|design|plan|"
        r"analy[sz]e|step by step|trade-?offs?|pros and cons|best way|strategy)\b",
        3,
    ),
    "order": _counted(
        r"\b(alphabetical\w*|sort|order|rank\w*|\w{3,}est|second|third|fourth|before|after|than|which of)\b", 2
    ),
    "code": _counted(
        r"```|\b(def|class|function|print|import|select|regex|cron\w*|sql|python|javascript|java|rust|bash|yaml|html|"
        r"css|algorithm|bug|compile|debug|traceback|exception|program|script|query)\b|[{}<>]=?|\w\(",
        3,
    ),
    "signs": _counted(
        r"\b(letters?|characters?|spell|backwards?|revers\w+|occurs?|syllables?|binary|hex\w*|roman|numerals?|"
        r"anagram|palindrome|rhyme\w*|base \d+|digits?|fields?)\b",
        1,
    ),
    "calendar": _counted(
        r"\b(day of the week|days?|weeks?|months?|minutes|hours) (ago|from|in|later|is|after)\b|in \d+ days", 1
    ),
    "given text": _counted(r"[:\n]\s*\S+(?:\s+\S+){3,}|\"[^\"]{12,}\"", 1),
    "simple task": _counted(
        r"\b(find|extract|correct|translat\w+|summari[sz]e|rewrite|rephrase|turn (this|it) into|spelling|capital|"
        r"opposite|synonym|how do you say|positive or negative|hello|hi|hey|good (morning|evening|afternoon)|"
        r"thanks?)\b",
        1,
    ),
    "limits": _counted(r"\b(only|must|exactly|at (?:most|least)|without|except|does(?: not|n't) say|never)\b", 2),
}
"""Each from 0 to 1."""


def features(question: str) -> list[float]:
    text = question[-MOST_READ:]
    return [measure(text) for measure in FEATURES.values()]


def difficulty(question: str) -> float:
    """From 0 to 1."""
    bias, weights = _weights()
    return 1 / (1 + math.exp(-bias - sum(map(float.__mul__, weights, features(question)))))


@cache
def _weights() -> tuple[float, list[float]]:
    told = json.loads(files(__package__).joinpath("weights.json").read_text("utf-8"))
    return told["bias"], [told["weights"][name] for name in FEATURES]
