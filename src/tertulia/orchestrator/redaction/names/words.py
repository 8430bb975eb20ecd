"""Words that are no names of people, places or organisations however they are written, in lower case.

``common.txt`` has those that begin sentences in English: a sentence with no other capitals is not read by the model.
``technical.txt`` has products and terms that the model takes for names.
"""

from pathlib import Path


def _words(file: str) -> frozenset[str]:
    return frozenset(Path(__file__).with_name(file).read_text(encoding="utf-8").split())


NO_NAMES = _words("common.txt") | _words("technical.txt")
