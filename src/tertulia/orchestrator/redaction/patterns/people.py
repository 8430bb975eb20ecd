"""What belongs to a person and is known by its words: mail, dates of birth, passports, introductions."""

from tertulia.orchestrator.redaction.patterns.form import Form, form

_EMAIL = r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\w](?:[\w-]{0,61}[\w])?\.){1,8}[^\W\d_]{2,24}(?![\w-])"
_PASSPORT = r"(?<![\w-])(?=[A-Z]{0,3}[0-9])[A-Z0-9]{6,9}(?![\w-])"
_AFTER_PASSPORT = (
    r"(?i:\b(?:passport|passeport|reisepass|pasaporte|passaporto)"
    r"(?:\s{1,2}(?:number|no\.?|num\.?|nr\.?|n[°º]|#|id|is|was)){0,3}[\s:#]{1,3})"
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    r"Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DATE = (
    r"(?<![\w./-])(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:[0-9]{4}|[0-9]{2})"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th)?(?:\sof)?\s{_MONTH},?\s[0-9]{{4}}|{_MONTH}\s[0-9]{{1,2}}(?:st|nd|rd|th)?,?\s[0-9]{{4}})"
    r"(?![\w/-])"
)
_AFTER_BIRTH = (
    r"(?i:\b(?:born|birth(?:day|date)?|d\.?o\.?b\.?|geboren|geburtsdatum|née?|naissance|nacid[oa]|nacimiento|nascita)"
    r"(?!\srate)(?![^\W\d_])[^.\n0-9]{0,40})"
)
_NAME = r"[^\W\d_a-z][\w'’-]{0,30}"  # noqa: RUF001 - the apostrophe that people write
_BETWEEN = r"(?:\s(?:de|del|della|der|den|di|da|dos|du|la|le|van|von|bin|al|el|[A-Z]\.))"
_INTRODUCED = (
    r"(?:\b[Mm]y (?:full )?name is\s|\b[Mm]y name's\s|\b(?:[Ff]ull |[Ff]irst |[Ll]ast )?[Nn]ame:\s"
    r"|\bDear\s(?!Sir|Madam|Customer|All|Team|Friend|Hiring)"
    r"|\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Herr|Frau|Señora?|Monsieur|Madame)\b\.?\s)"
    rf"(?P<value>{_NAME}(?:{_BETWEEN}{{0,2}}\s{_NAME}){{0,3}})"
)

_COMPANY = (
    rf"\b{_NAME}(?:(?:,?\s(?:and\s|&\s)?|-){_NAME}){{0,4}}(?:,?\s(?:Inc|LLC|Ltd|Limited|PLC|Corp|Corporation|GmbH|AG|KG|KGaA|OHG|GbR|SE|"
    r"S\.A\.|SA|SAS|SARL|S\.L\.|SL|SpA|Srl|BV|NV|Oy|AB|A/S|ApS)\b\.?(?:\s&\sCo\.\s?(?:KGaA|KG|OHG)?)?|\s(?:and|&)\s(?:Sons|Partners)\b)"
)


def mail() -> tuple[Form, ...]:
    return (form("EMAIL", _EMAIL, "@"),)


def forms() -> tuple[Form, ...]:
    return (
        form("PASSPORT", _PASSPORT, r"[A-Z0-9]{6}", after=_AFTER_PASSPORT),
        form("BIRTH_DATE", _DATE, r"[0-9][-/.][0-9]{1,2}[-/.][0-9]|[0-9]{4}", after=_AFTER_BIRTH),
        form(
            "ORGANISATION",
            _COMPANY,
            r"Inc|LLC|L[it]|PLC|Corp|GmbH|KG|AG|OHG|GbR|SE|S\.|SA|SL|S[pr]|[BN]V|Oy|AB|A/S|ApS|Sons|Partners",
        ),
        form("PERSON", _INTRODUCED, r"[Nn]ame|Dear|M[rsx]|Miss|Dr|Prof|Herr|Frau|Señor|Monsieur|Madame"),
    )
