"""Postal addresses as Polish, Russian and Turkish people write them."""

from tertulia.orchestrator.redaction.patterns.form import Form, form

_WORD = r"[^\W\d_a-zа-яё](?:[^\W\d_]|['’-](?=[^\W\d_])){0,30}"
_POLISH = (
    rf"(?<!\w)(?i:ul\.|al\.|os\.|pl\.|ulica|ulicy|aleja|alei|osiedle|osiedlu|"
    rf"plac)\s?(?:[0-9]{{1,2}}\s)?(?:[^\W\d_]{{1,3}}\.\s)?{_WORD}(?:\s{_WORD}){{0,3}}"
    r"\s[0-9]{1,4}[A-Za-z]?(?:\s?/\s?[0-9]{1,4}[A-Za-z]?)?(?:,?\s(?:m\.|lok\.|mieszkania|m)\s?[0-9]{1,4})?"
    rf"(?:,?\s[0-9]{{2}}-[0-9]{{3}}\s{_WORD}(?:[\s-]{_WORD}){{0,2}}|,\s{_WORD})?"
)
_ANY_WORD = r"[^\W\d_]{2,30}"
_POLISH_IN_SMALL_LETTERS = (
    rf"(?<!\w)(?:ul|al|os|pl)\.\s?(?:[0-9]{{1,2}}\s)?{_ANY_WORD}(?:\s{_ANY_WORD}){{0,2}}\s[0-9]{{1,4}}[a-z]?(?:\s?/\s?[0-9]{{1,4}}[a-z]?)?"
    rf",?\s[0-9]{{2}}-[0-9]{{3}}\s{_ANY_WORD}"
)
_TURKISH_STREET = r"(?:Mah(?:allesi)?|Cad(?:desi)?|Sok(?:ak|ağı)?|Sk|Bulvarı|Blv|Yolu)\b\.?"
_TURKISH = (
    rf"(?<!\w)(?:(?:{_WORD}|[0-9]{{1,4}}\.?)\s(?:(?:{_WORD}|[0-9]{{1,4}}\.?)\s){{0,2}}{_TURKISH_STREET},?\s){{1,3}}"
    r"(?:No|Nu)\s?[.:]{0,2}\s?[0-9]{1,4}[A-Za-z]?(?:/[0-9A-Za-z]{1,4})?(?:,?\s(?:Daire|Kat|Kapı|D|"
    r"K)\s?[.:]{1,2}\s?[0-9]{1,4}){0,3}"
    rf"(?:,?\s(?:[0-9]{{5}}\s)?{_WORD}(?:\s?[/,-]?\s?{_WORD}){{0,2}})?"
)
_RUSSIAN_STREET = (
    r"(?:ул\.|улиц[аеы]|пр\.|просп\.|проспект|пр-т|пр-кт|пер\.|переулок|наб\.|набережная|ш\.|шоссе|пл\.|площадь|б-р|"
    r"бульвар)"
)
_RUSSIAN = (
    rf"(?<!\w)(?:[0-9]{{6}},\s)?(?:г\.?\s?{_WORD}(?:-{_WORD})?,\s|{_WORD},\s(?={_RUSSIAN_STREET}))?"
    rf"{_RUSSIAN_STREET}\s?(?:[0-9]{{1,3}}-?[а-я]{{0,2}}\s)?{_WORD}(?:\s{_WORD}){{0,2}},?\s(?:д\.|"
    rf"дом)?\s?[0-9]{{1,4}}[А-Яа-я]?(?:/[0-9]{{1,3}})?"
    r"(?:,?\s(?:к\.|корп\.|корпус|стр\.|строение)\s?[0-9]{1,3})?(?:,?\s(?:кв\.|квартира|оф\.|офис)\s?[0-9]{1,4})?"
    rf"(?:,\s(?:г\.\s?)?{_WORD}(?:-{_WORD})?)?"
)


def forms() -> tuple[Form, ...]:
    return (
        form("ADDRESS", _POLISH, ("ul.", "al.", "os.", "pl.", "ulic", "aleja", "alei", "osiedl", "plac ")),
        form("ADDRESS", _POLISH_IN_SMALL_LETTERS, r"[0-9]{2}-[0-9]{3}\s[a-ząćęłńóśźż]"),
        form("ADDRESS", _TURKISH, ("mah", "cad", "sok", "sk.", "bulvar", "blv", "yolu")),
        form("ADDRESS", _RUSSIAN, ("ул", "пр", "пер", "наб", "ш.", "шоссе", "пл", "б-р", "бульвар")),
    )
