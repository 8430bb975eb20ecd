"""Tables whose first line says what stands below: CSV, TSV and Markdown.

"Arthur Penn,1964-02-11" says little by itself; under "name,dob" it is a person's name and the day of birth.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from tertulia.orchestrator.redaction.patterns import fields
from tertulia.orchestrator.redaction.patterns.form import Found

_HEADING = re.compile(r"^[^\n,;|\t]{0,40}(?P<mark>[,;|\t])[^\n]{2,400}$", re.MULTILINE)
_CELLS = {
    mark: re.compile(rf'(?:\A|{re.escape(mark)})(?P<cell> *"(?:[^"\n]|"")*"|[^{re.escape(mark)}\n]*)')
    for mark in ",;|\t"
}
_RULE = re.compile(r"[\s|:-]*\Z")
_AROUND = " \t\r\"'`*_"

_PERSON = re.compile(
    r"(?:full|first|last|given|family|middle|customer|client|patient|employee|contact|user|guest|account|"
    r"card)?[\s_-]?(?:holder)?[\s_-]?names?|surname|"
    r"patient|customer|employee|tenant|guest|vorname|nachname|nombre|apellidos?|nom|prénom|nome|cognome|imię|nazwisko|имя|фамилия|фио|ad|soyad",
    re.IGNORECASE,
)
_KINDS: Mapping[str, re.Pattern[str]] = {
    "PERSON": _PERSON,
    "BIRTH_DATE": re.compile(
        r"d\.?o\.?b\.?|(?:date[\s_-]of[\s_-])?birth(?:[\s_-]?da(?:te|y))?|born|geburtsdatum|geboren|naissance|"
        r"nacimiento|nascita|nascimento|"
        r"data[\s_]urodzenia|дата\sрождения|doğum\starihi",
        re.IGNORECASE,
    ),
    "SSN": re.compile(r"ssn|social[\s_-]security(?:[\s_-](?:number|no))?", re.IGNORECASE),
    "PASSPORT": re.compile(
        r"passport(?:[\s_-](?:number|no|id))?|reisepass|passeport|pasaporte|passaporto|paszport|паспорт", re.IGNORECASE
    ),
    "PHONE": re.compile(
        r"(?:tele)?phone(?:[\s_-](?:number|no))?|tel|mobile|cell|fax|telefon|teléfono|téléphone|телефон|handy|móvil",
        re.IGNORECASE,
    ),
    "NATIONAL_ID": re.compile(r"national[\s_-]id|tax[\s_-]id|pesel|dni|nif|nie|cpf|bsn|tin|nino|nhs", re.IGNORECASE),
    "ADDRESS": re.compile(
        r"(?:street|home|postal|mailing|billing|shipping)?[\s_-]?address|street|adresse|anschrift|dirección|indirizzo",
        re.IGNORECASE,
    ),
    "PLACE": re.compile(
        r"city|town|country|state|province|county|birth[\s_-]?place|ort|stadt|ville|ciudad|città|cidade|miasto",
        re.IGNORECASE,
    ),
    "ORGANISATION": re.compile(
        r"company(?:[\s_-]?name)?|employer|organi[sz]ation|firma|société|empresa|azienda", re.IGNORECASE
    ),
    "SECRET": re.compile(
        r"password|passwd|pwd|secret|api[\s_-]?key|token|passwort|contraseña|hasło|пароль", re.IGNORECASE
    ),
}
_LOOKS: Mapping[str, re.Pattern[str]] = {
    "PERSON": re.compile(r"(?:[^\W\d_a-z](?:[\w'’.-]{0,30})\s?){1,4}"),
    "BIRTH_DATE": re.compile(r"(?=.*[0-9]{2})[\w ./,-]{6,20}"),
    "SSN": re.compile(r"[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}"),
    "PASSPORT": re.compile(r"(?=.*[0-9]{3})[A-Z0-9 ]{6,12}"),
    "PHONE": re.compile(r"\+?(?:[\s().\-/x]{0,2}[0-9]){7,17}"),
    "NATIONAL_ID": re.compile(r"(?=.*[0-9]{3})[A-Z0-9 .\-/]{6,20}"),
    "ADDRESS": re.compile(r"(?=.*[0-9])(?=.*[^\W\d_]{3}).{6,120}"),
    "PLACE": re.compile(r"[^\W\d_a-z][^\W\d_]{1,30}(?:[ '’.-]{1,2}[^\W\d_]{1,30}){0,4}"),
    "ORGANISATION": re.compile(r"[^\W_a-z][\w '’.,&-]{1,60}"),
    "SECRET": re.compile(r"(?=.*[0-9!@#$%^&*-])[^\s]{5,200}"),
}
_OF_PEOPLE = re.compile(
    r"e-?mail|mail|role|title|job|age|gender|department|team|salary|city|country|id|company|notes?|status|rolle|abteilung|alter|correo|courriel",
    re.IGNORECASE,
)
"""What else a table of people has: one of products has a ``name`` too."""


class Columns:
    """As a ``Form``, of all kinds. A cell may be empty."""

    def matches(self, text: str) -> Iterator[Found]:
        if "\n" not in text:
            return
        at = 0
        while heading := _HEADING.search(text, at):
            cells = _CELLS[heading["mark"]]
            kinds = _kinds([match["cell"].strip(_AROUND) for match in cells.finditer(heading[0])])
            at = heading.end() + 1
            if kinds:
                for line, start in _lines(text, at):
                    row = list(cells.finditer(line))
                    if not _is_row(row, len(kinds)) and not _RULE.match(line):
                        break
                    at = start + len(line) + 1
                    for kind, cell in zip(kinds, row, strict=False):
                        if kind is not None and (found := _found(kind, cell["cell"], start + cell.start("cell"))):
                            yield found


def _is_row(cells: Sequence[re.Match[str]], columns: int) -> bool:
    """A mark at a line's end, or none, makes no other table."""
    return len(cells) >= columns and not any(cell["cell"].strip() for cell in cells[columns:])


def _lines(text: str, at: int) -> Iterator[tuple[str, int]]:
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield text[at:end], at
        at = end + 1


def _kinds(cells: list[str]) -> list[str | None]:
    """Of each column, to the last that has a name; empty where this is no heading, or a table of something else."""
    while cells and not cells[-1]:
        cells.pop()
    kinds = [next((kind for kind, named in _KINDS.items() if named.fullmatch(cell)), None) for cell in cells]
    known = sum(
        kind is not None or _OF_PEOPLE.fullmatch(cell) is not None for kind, cell in zip(kinds, cells, strict=True)
    )
    return kinds if any(kinds) and known > 1 else []


def _found(kind: str, cell: str, start: int) -> Found | None:
    value = cell.strip(_AROUND)
    if not _LOOKS[kind].fullmatch(value) or (kind == "PERSON" and not fields.is_name(value)):
        return None
    start += cell.index(value)
    return Found(kind, start, start + len(value))
