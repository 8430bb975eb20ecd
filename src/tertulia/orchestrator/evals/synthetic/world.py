"""Invented companies, their products, and the documents that tell of them: the same for a seed.

What makes them hard to tell apart is meant to: products come in families whose names differ in a number and whose
sheets tell the same kind of thing, and minutes of meetings name products and matters without telling anything.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from random import Random

import msgspec

from tertulia.orchestrator.evals.laboratory import Text

_FIRMS = ("Works", "Instruments", "Trading", "Brothers")
_MONTHS = ("January", "February", "March", "April", "June", "July", "August", "September", "October", "November")
_UNTOLD = 4
"""How many of the things that its like tell a document is silent about."""


class Kind(msgspec.Struct, frozen=True):
    """A thing that can be told. Templates hold ``{subject}`` and, where something is told, ``{value}``."""

    of: str
    value: str
    matter: str
    told: str
    asked: str
    otherwise: str
    said: tuple[str, ...]
    denied: str


class Words(msgspec.Struct, frozen=True):
    fact: tuple[Kind, ...]
    fillers: tuple[str, ...]
    elsewhere: tuple[str, ...]
    """Questions about nothing that is told."""

    additions: tuple[str, ...]
    tails: tuple[str, ...]
    """What answers invent: whole sentences, and ends of sentences."""


class Fact(msgspec.Struct, frozen=True):
    """``document`` is the name of the one that tells it."""

    kind: Kind
    subject: str
    value: str
    document: str

    def written(self, template: str) -> str:
        text = template.format(subject=self.subject, value=self.value)
        return text[0].upper() + text[1:]

    @property
    def told(self) -> str:
        """The sentence of the document."""
        return self.written(self.kind.told)


class Company(msgspec.Struct, frozen=True):
    """``untold`` are the facts that the documents are silent about."""

    name: str
    products: tuple[str, ...]
    facts: tuple[Fact, ...]
    untold: tuple[Fact, ...]
    documents: tuple[Text, ...]


class World(msgspec.Struct, frozen=True):
    companies: tuple[Company, ...]
    strangers: tuple[str, ...]
    """Names of products that no document tells of; each is like one that is told of."""

    @property
    def facts(self) -> list[Fact]:
        return [fact for company in self.companies for fact in company.facts]

    @property
    def untold(self) -> list[Fact]:
        return [fact for company in self.companies for fact in company.untold]

    @property
    def documents(self) -> list[Text]:
        return [document for company in self.companies for document in company.documents]


@cache
def words() -> Words:
    return msgspec.toml.decode(files(__package__).joinpath("facts.toml").read_bytes(), type=Words)


def world(seed: int, companies: int, kinds: Sequence[Kind] | None = None) -> World:
    """``kinds`` are the things that are told, all by default."""
    random = Random(seed)  # noqa: S311 - the same set again is what is wanted
    names = _names(random)
    made = tuple(_company(random, names, kinds or words().fact) for _ in range(companies))
    return World(made, tuple(_with_number(random, next(names)) for _ in made))


def value(random: Random, kind: str) -> str:
    """One of this kind."""
    return _VALUES[kind](random)


def other_value(random: Random, fact: Fact) -> str:
    """A wrong one of the same kind."""
    while (made := value(random, fact.kind.value)) == fact.value:
        continue
    return made


def _company(random: Random, names: Iterator[str], kinds: Sequence[Kind]) -> Company:
    name = f"{next(names)} {random.choice(_FIRMS)}"
    products = tuple(number for _ in range(2) for number in _family(random, next(names)))
    sheets = [
        *((product, "product", f"{product}, data sheet") for product in products),
        (name, "company", f"{name} at a glance"),
        (name, "staff", f"{name}, staff handbook"),
    ]
    facts: list[Fact] = []
    untold: list[Fact] = []
    documents: list[Text] = []
    for subject, of, title in sheets:
        possible = [Fact(kind, subject, value(random, kind.value), title) for kind in kinds if kind.of == of]
        random.shuffle(possible)
        silent = min(_UNTOLD, len(possible) // 3)
        untold += possible[:silent]
        facts += possible[silent:]
        sentences = [fact.told for fact in possible[silent:]] + random.sample(words().fillers, 2)
        random.shuffle(sentences)
        documents.append(Text(title, " ".join(sentences), title))
    documents.append(_minutes(random, name, [*facts, *untold]))
    return Company(name, products, tuple(facts), tuple(untold), tuple(documents))


def _minutes(random: Random, name: str, facts: Sequence[Fact]) -> Text:
    """Names much, and tells nothing."""
    forms = (
        "The {matter} of {subject} was talked about and put off.",
        "Somebody asked about the {matter} of {subject}; nobody knew.",
        "About {subject} and its {matter} there was nothing new.",
    )
    points = random.sample(facts, min(8, len(facts)))
    text = " ".join(random.choice(forms).format(matter=one.kind.matter, subject=one.subject) for one in points)
    return Text(f"{name}, minutes of a meeting", text, f"{name}, minutes of a meeting")


def _family(random: Random, name: str) -> tuple[str, str]:
    number = random.randrange(11, 98)
    return f"{name} {number}0", f"{name} {number + 1}0"


def _with_number(random: Random, name: str) -> str:
    return _family(random, name)[0]


def _names(random: Random) -> Iterator[str]:
    """No two alike."""
    known: set[str] = set()
    while True:
        name = _name(random)
        if name not in known:
            known.add(name)
            yield name


def _name(random: Random) -> str:
    begin = ("Vel", "Tar", "Or", "Mis", "Quen", "Bral", "Sol", "Dor", "Kes", "Lum", "Fen", "Gal", "Haz", "Jor", "Nim")
    middle = ("", "mo", "va", "ri", "du", "lle", "na", "sto")
    end = ("ra", "vik", "dane", "lo", "tis", "ber", "quin", "sel", "mund", "zet")
    return random.choice(begin) + random.choice(middle) + random.choice(end)


def _person(random: Random) -> str:
    first = ("Ada", "Bruno", "Clara", "Dario", "Edith", "Fabian", "Greta", "Henrik", "Ines", "Jonas", "Katja", "Lorenz")
    return f"{random.choice(first)} {_name(random)}"


def _company_name(random: Random) -> str:
    return f"{_name(random)} {random.choice(_FIRMS)}"


def _span(random: Random) -> str:
    return f"from {random.randrange(7, 10)}:{random.choice(('00', '15', '30'))} to {random.randrange(15, 19)}:30"


def _of(form: str, low: int, high: int) -> Callable[[Random], str]:
    return lambda random: form.format(random.randrange(low, high))


def _tenths(form: str, low: int, high: int) -> Callable[[Random], str]:
    return lambda random: form.format(random.randrange(low, high) / 10)


def _one_of(*values: str) -> Callable[[Random], str]:
    return lambda random: random.choice(values)


_VALUES: dict[str, Callable[[Random], str]] = {
    "euros": _of("{} euros", 12, 990),
    "kilos": _tenths("{:.1f} kg", 11, 480),
    "years": _of("{} years", 2, 13),
    "hours": _of("{} hours", 3, 49),
    "degrees": _of("{} degrees", 25, 95),
    "decibels": _of("{} decibels", 18, 90),
    "year": _of("{}", 1871, 2019),
    "count": _of("{}", 14, 4200),
    "days": _of("{} days", 7, 61),
    "weeks": _of("{} weeks", 2, 14),
    "percent": _of("{} percent", 4, 46),
    "code": lambda random: f"{''.join(random.choices('BDFGHKLMPRSTVX', k=2))}-{random.randrange(1000, 9999)}",
    "span": _span,
    "person": _person,
    "name": _name,
    "company": _company_name,
    "sum": lambda random: f"{random.randrange(11, 999)},{random.randrange(100, 999)} euros",
    "date": lambda random: f"{random.randrange(1, 29)} {random.choice(_MONTHS)}",
    "town": lambda random: f"{_name(random)}{random.choice(('burg', 'ford', 'haven', 'stad'))}",
    "material": _one_of("brass", "oak", "glass", "aluminium", "bamboo", "steel", "cork", "titanium"),
    "place": _one_of("wet rooms", "kitchens", "workshops", "gardens", "laboratories", "schools", "ships"),
    "weekday": _one_of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
    "allowed": _one_of(
        "park in the courtyard", "take photographs", "bring a dog", "use the canteen", "borrow a bicycle"
    ),
}
