"""Makes the values that templates name: personal data in several countries' forms, and what looks alike."""

import hashlib
import string
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faker import Faker

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_HALF = 0.5
_BIRTH_FORMS = ("%d/%m/%Y", "%Y-%m-%d", "%B %d, %Y", "%d %B %Y", "%d.%m.%Y")


class Values:
    """Values of each slot, the same for a seed. Upper-case slots are personal data, lower-case ones are not."""

    def __init__(self, seed: int) -> None:
        from faker import Faker

        self.random = Random(seed)  # noqa: S311 - the same set again is what is wanted
        self._fakers = {locale: Faker(locale) for locale in _LOCALES}
        for number, faker in enumerate(self._fakers.values()):
            faker.seed_instance(seed + number)

    def of(self, slot: str) -> str:
        return _SLOTS[slot](self)

    def one_of(self, *made: tuple[str, str]) -> str:
        """A value by one of these (locale, Faker method)."""
        locale, method = self.random.choice(made)
        return str(getattr(self._fakers[locale], method)()).replace("\n", ", ")

    @property
    def _english(self) -> "Faker":
        return self._fakers["en_US"]

    def characters(self, count: int, alphabet: str = string.ascii_letters + string.digits) -> str:
        return "".join(self.random.choices(alphabet, k=count))

    def wallet(self) -> str:
        if self.random.random() < _HALF:
            return f"0x{self.characters(40, '0123456789abcdef')}"
        raw = b"\0" + self.random.randbytes(20)
        number = int.from_bytes(raw + hashlib.sha256(hashlib.sha256(raw).digest()).digest()[:4], "big")
        written = ""
        while number:
            number, digit = divmod(number, 58)
            written = _BASE58[digit] + written
        return f"1{written}"

    def secret(self) -> str:
        prefix, length = self.random.choice((("sk-proj-", 48), ("ghp_", 36), ("glpat-", 20), ("hf_", 34), ("AKIA", 16)))
        return prefix + self.characters(length, string.ascii_uppercase + string.digits if prefix == "AKIA" else _ALL)

    def token(self) -> str:
        return f"eyJhbGciOiJIUzI1NiJ9.eyJ{self.characters(60)}.{self.characters(43)}"

    def birth(self) -> str:
        return self._english.date_of_birth().strftime(self.random.choice(_BIRTH_FORMS))

    def national(self) -> str:
        if self.random.random() < 1 / 6:
            letters, last = self.characters(2, "ABCEHJKLMPRSWXY"), self.characters(1, "ABCD")
            return letters + self.characters(6, string.digits) + last
        return self.one_of(("es_ES", "nif"), ("es_ES", "nie"), ("it_IT", "ssn"), ("pt_BR", "cpf"), ("fr_FR", "ssn"))

    def person(self) -> str:
        """First and last name, without titles."""
        faker = self._fakers[self.random.choice(("en_US", "en_GB", "en_IN", "en_AU", "es_ES", "de_DE", "fr_FR"))]
        return f"{faker.first_name()} {faker.last_name()}"


_ALL = string.ascii_letters + string.digits
_LOCALES = ("en_US", "en_GB", "en_IN", "es_ES", "it_IT", "pt_BR", "fr_FR", "de_DE", "en_AU", "en_CA")
_Made = Callable[[Values], str]


def _by(*made: tuple[str, str]) -> _Made:
    return lambda values: values.one_of(*made)


_SLOTS: dict[str, _Made] = {
    "PERSON": Values.person,
    "EMAIL": _by(("en_US", "email"), ("de_DE", "company_email"), ("es_ES", "free_email")),
    "PHONE": _by(*((locale, "phone_number") for locale in ("en_US", "en_GB", "fr_FR", "de_DE", "es_ES", "en_AU"))),
    "ADDRESS": _by(*((locale, "address") for locale in ("en_US", "en_GB", "de_DE", "fr_FR", "en_CA"))),
    "PLACE": _by(("en_US", "city"), ("en_GB", "city"), ("en_US", "country"), ("de_DE", "city_name")),
    "ORGANISATION": _by(("en_US", "company"), ("en_GB", "company"), ("de_DE", "company")),
    "CARD": _by(("en_US", "credit_card_number")),
    "IBAN": _by(*((locale, "iban") for locale in ("en_GB", "de_DE", "fr_FR", "es_ES", "it_IT"))),
    "SSN": _by(("en_US", "ssn")),
    "PASSPORT": _by(("en_US", "passport_number")),
    "IP": _by(("en_US", "ipv4_public"), ("en_US", "ipv6")),
    "MAC": _by(("en_US", "mac_address")),
    "NATIONAL_ID": Values.national,
    "BIRTH_DATE": Values.birth,
    "WALLET": Values.wallet,
    "SECRET": Values.secret,
    "TOKEN": Values.token,
    "date": _by(("en_US", "date"), ("en_GB", "month_name")),
    "time": _by(("en_US", "time")),
    "uuid": _by(("en_US", "uuid4")),
    "order": lambda values: str(values.random.randrange(10**3, 10**12)),
    "price": lambda values: f"${values.random.randrange(1, 10**6):,}.00",
    "version": lambda values: ".".join(str(values.random.randrange(30)) for _ in range(3)),
}
