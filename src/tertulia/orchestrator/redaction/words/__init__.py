"""Known words: those that are no names of people, places or organisations however they are written, in lower case,
and first names.

``common.txt`` has those that begin sentences in English: a sentence with no other capitals is not read by the model.
``technical.txt`` has products and terms that the model takes for names, ``foreign.txt`` the words of other languages
that begin sentences, join them, or label what stands behind them: an English model takes their capitals for names.
``first_names.txt`` has first names that people have in some forty languages (of those that Faker knows, MIT),
without those that are as often words, surnames, towns or brands; ``also_words.txt`` those of them that are words when
they are written in small letters, ``everyday.txt`` what stands beside a name in a chat. ``places.txt`` has countries,
states of the United States and large cities. ``fields.txt`` has what forms and greetings have in a name's place.
"""

from pathlib import Path


def _words(file: str) -> frozenset[str]:
    return frozenset(Path(__file__).with_name(file).read_text(encoding="utf-8").casefold().split())


NO_NAMES = _words("common.txt") | _words("technical.txt") | _words("foreign.txt")
NO_FIELDS = _words("fields.txt")
ALSO_WORDS = _words("also_words.txt")
EVERYDAY = _words("everyday.txt")
FIRST_NAMES = frozenset(Path(__file__).with_name("first_names.txt").read_text(encoding="utf-8").split())

PLACES = frozenset(Path(__file__).with_name("places.txt").read_text(encoding="utf-8").split())

PARTICLE = r"(?:al|bin|da|das|de|del|della|den|der|des|di|do|dos|du|el|la|las|le|los|ten|ter|van|von|zu)"
"""What stands in a name in small letters, in a pattern."""
