"""What belongs to a person and is known by its words: mail, dates of birth, passports, introductions."""

from tertulia.orchestrator.redaction.patterns.form import Form, form

_AT = r"(?:@|%40|\s?[(\[{]\s?(?:at|AT)\s?[)\]}]\s?)"
_DOT = r"(?:\.|\s?[(\[{]\s?(?:dot|DOT)\s?[)\]}]\s?)"
_EMAIL = (
    rf"(?<![\w.+%-])(?:[\w.+-](?:[\w.+-]|(?!%40)%|'(?=\w)){{0,63}}|\"[^\"\n@]{{1,62}}\"){_AT}"
    rf"(?:[\w](?:[\w-]{{0,61}}[\w])?{_DOT}){{1,8}}[^\W\d_]{{2,24}}(?![\w-])"
)
_PASSPORT = r"(?<![\w-])(?=[A-Z]{0,3}[0-9])[A-Z0-9]{6,9}(?![\w-])"
_AFTER_PASSPORT = (
    r"(?i:\b(?:passport|passeport|reisepass|pasaporte|passaporto)"
    r"(?:[\s_-]{1,2}(?:number|no\.?|num\.?|nr\.?|n[°º]|#|id|is|was|de|of)){0,3}[\"']?[\s:#=]{1,3}[\"']?)"
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    r"Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_MONATE = (
    r"(?i:januar|jänner|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember"  # German
    r"|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre"  # French
    r"|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"  # Spanish
    r"|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre"  # Italian
    r"|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro"  # Portuguese
    r"|januari|februari|maart|mei|augustus|oktober|december)"  # Dutch
)
_DATE = (
    r"(?<![\w./-])(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:[0-9]{4}|[0-9]{2})"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th)?(?:\sof)?\s{_MONTH},?\s[0-9]{{4}}|{_MONTH}\s[0-9]{{1,2}}(?:st|nd|rd|th)?,?\s[0-9]{{4}}"
    rf"|[0-9]{{1,2}}(?:\.|er|º|°)?\s(?:de\s)?{_MONATE}\s(?:de\s|del\s)?[0-9]{{4}})"
    r"(?![\w/-])"
)
_AFTER_BIRTH = (
    r"(?i:(?<![a-z])(?:born|birth_?(?:day|date)?|d\.?o\.?b\.?|geboren|geburtsdatum|née?|naissance|nacid[oa]|nacimiento|nascita)"
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
_NO_NAME = (
    r"(?:a|also|always|an|and|as|at|because|being|but|by|called|changed|different|for|from|in|important|is|it|long|misspelled|"
    r"misspelt|my|never|no|not|now|of|on|one|or|pronounced|redacted|removed|short|so|spelled|spelt|still|that|the|there|this|to|"
    r"too|unknown|very|what|who|with|wrong|written)\b"
)
_IN_SMALL_LETTERS = (
    rf"\b[Mm]y (?:full )?name(?: is|'s|:)\s"
    rf"(?P<value>(?!{_NO_NAME})[a-z]{{2,30}}(?:\s(?!{_NO_NAME})[a-z]{{2,30}}){{0,2}})"
    r"(?=$|[.,;!?\n]| and\b| but\b)"
)

_COMPANY = (
    rf"\b{_NAME}(?:(?:,?\s(?:and\s|&\s)?|-){_NAME}){{0,4}}(?:,?\s(?:Inc|LLC|Ltd|Limited|PLC|Corp|Corporation|GmbH|AG|KG|KGaA|OHG|GbR|SE|"
    r"S\.A\.|SA|SAS|SARL|S\.L\.|SL|SpA|Srl|BV|NV|Oy|AB|A/S|ApS)\b\.?(?:\s&\sCo\.\s?(?:KGaA|KG|OHG)?)?|\s(?:and|&)\s(?:Sons|Partners)\b)"
)


def mail() -> tuple[Form, ...]:
    return (form("EMAIL", _EMAIL, r"@|%40|[(\[{] ?(?:at|AT) ?[)\]}]"),)


def forms() -> tuple[Form, ...]:
    return (
        form("PASSPORT", _PASSPORT, r"[A-Z0-9]{6}", after=_AFTER_PASSPORT),
        form("BIRTH_DATE", _DATE, r"[0-9][-/.][0-9]{1,2}[-/.][0-9]|[0-9]{4}", after=_AFTER_BIRTH),
        form(
            "ORGANISATION",
            _COMPANY,
            r"Inc|LLC|L[it]|PLC|Corp|GmbH|KG|AG|OHG|GbR|SE|S\.|SA|SL|S[pr]|[BN]V|Oy|AB|A/S|ApS|Sons|Partners",
        ),
        form("PERSON", _IN_SMALL_LETTERS, r"y (?:full )?name"),
        form("PERSON", _INTRODUCED, r"[Nn]ame|Dear|M[rsx]|Miss|Dr|Prof|Herr|Frau|Señor|Monsieur|Madame"),
    )
