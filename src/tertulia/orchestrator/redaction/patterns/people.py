"""What belongs to a person and is known by its words: mail, dates of birth, passports, introductions."""

from tertulia.orchestrator.redaction.patterns.form import Form, form
from tertulia.orchestrator.redaction.words import PARTICLE

_AT = r"(?:@|%40|\s?[(\[{]\s?(?:at|AT)\s?[)\]}]\s?)"
_DOT = r"(?:\.|\s?[(\[{]\s?(?:dot|DOT)\s?[)\]}]\s?)"
_EMAIL = (
    rf"(?<![\w.+%-])(?:[\w.+-](?:[\w.+-]|(?!%40)%|'(?=\w)){{0,63}}|\"[^\"\n@]{{1,62}}\"){_AT}"
    rf"(?:[\w](?:[\w-]{{0,61}}[\w])?{_DOT}){{1,8}}[^\W\d_]{{2,24}}(?![\w-])"
)
_SPOKEN = (
    r"(?i:(?<![\w.@])[a-z0-9_-]{1,30}(?:\s(?:dot|punto|punkt|point|ponto)\s[a-z0-9_-]{1,30}){0,3}\s(?:at|arroba|"
    r"chiocciola|arobase)\s"
    r"[a-z0-9-]{2,30}(?:\s(?:dot|punto|punkt|point|ponto)\s[a-z0-9-]{2,30}){0,2}\s(?:dot|punto|punkt|point|ponto)\s"
    r"(?:com|org|net|edu|io|co|info|me|eu|uk|de|fr|es|it|pt|pl|nl|ch|at|be|br|mx|ar|ru|tr)(?!\w))"
)
_PASSPORT = (
    r"(?<![\w-])(?:(?=[A-Z]{0,5}[0-9])(?=[A-Z0-9]{0,7}[0-9][A-Z0-9]{0,6}[0-9])[A-Z0-9]{6,9}|[A-Z]{1,3}[ -][0-9]{6,7}|"
    r"[0-9]{2} ?[0-9]{2} ?[0-9]{6}|[0-9]{2} [0-9]{7})(?![\w-])"
)
_AFTER_PASSPORT = (
    r"(?i:(?<![^\W\d_])(?:passport|passeport|(?:reise)?pass-?(?:nummer|nr)|reisepass|pasaporte|passaporto|passaporte|"
    r"paszport(?:u)?|pasaport(?:um)?|"
    r"(?:загран)?паспорта?)(?:[\s_-]{1,2}(?:number|no|num|nr|n[°º.]{1,2}|#|id|is|was|de|of|numarası|numaram|numer|"
    r"número|numero|numéro|nummer|"
    r"es|est|ist|é|è|to|lautet|серия|номер|серия\sи\sномер)\.?(?![^\W\d_])){0,3}[\"'`*]{0,3}[\s:#=]{1,3}[\"'`*]{0,3})"
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
    r"|januari|februari|maart|mei|augustus|oktober|december"  # Dutch
    r"|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia"  # Polish
    r"|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря"  # Russian
    r"|ocak|şubat|mart|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık)"  # Turkish
)
_DATE = (
    r"(?<![\w./-])(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.]\s?[0-9]{1,2}[-/.]\s?(?:[0-9]{4}|[0-9]{2})"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th)?(?:\sof)?[\s-]{_MONTH},?[\s-][0-9]{{4}}|{_MONTH}\s[0-9]{{1,2}}(?:st|nd|rd|"
    rf"th)?,?\s[0-9]{{4}}"
    rf"|[0-9]{{1,2}}(?:\.|er|º|°)?\s(?:de\s)?{_MONATE}\s(?:de\s|del\s)?[0-9]{{4}})"
    r"(?![\w/-])"
)
_AFTER_BIRTH = (
    r"(?i:(?<![^\W\d_])(?:born|birth_?(?:day|date)?|b-?day|d\.?o\.?b\.?|geboren|geb\.|geburtsdatum|geburtstag|"
    r"née?(?:\(e\))?|naissance|nacid[oa]|nac[íi]|nacimiento|nascita|nat[oa](?=\s(?:il|a|in|nel))|nascid[oa]|nasci|"
    r"nascimento|urodzenia|urodzon[ya]|urodził[ao]?m?|ur\.|рождения|родил(?:ся|ась)|р\.|doğum|doğumlu|"
    r"geboortedatum)(?!\srate)(?![^\W\d_])(?:[^.\n0-9]|"
    r"\.(?=[\w(])){0,40}(?:\?\s{0,2}\n[^\n.0-9]{0,25})?(?:\.\s(?:it's|it\sis|mine\sis|this\sis|es\sist|c'est|es|"
    r"è)\s)?)"
)
_OF_A_PATIENT = r"(?=(?:\s|,\s|\s?[(/]\s?)(?:M|F|[Mm]ale|[Ff]emale)(?![\w'’.]))"
"""How records tell who it is: a date, then the sex."""

_BIRTHS = (
    "born", "birth", "bday", "b-day", "dob", "d.o.b", "gebor", "geb.", "geburt", "née ", "née(", "né ", "né(",
    "naiss", "naci", "nací", "nato ", "nata ", "nasci", "urod", "ur.", "рожд", "родил", "р.", "doğ", "geboort",
)  # fmt: skip
_NAME = r"[^\W\d_a-z][\w'’-]{0,30}"
_BETWEEN = rf"(?:\s(?:{PARTICLE}|[A-Z]\.))"
_INTRODUCED = (
    r"(?:\b[Mm]y (?:full )?name is\s|\b[Mm]y name's\s|\bDear\s(?!Sir|Madam|Customer|All|Team|Friend|Hiring)"
    r"|\b(?:[Mm]aiden|[Ll]ast|[Ff]irst|[Mm]iddle|[Ff]amily|[Ss]ur)[\s-]?name(?:'s|\sis|\swas|\?)\s|\bname\?\s(?![A-"
    r"Z][a-z]{1,20}:)|"
    r"\b[Cc]alls?\sme\s(?=[A-Z][a-z])"
    r"|\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Herr|Frau|Señora?|Monsieur|Madame)\b\.?\s(?:(?:Dr|Prof|Ing|Dipl|Med|"
    r"med|Mag)\b\.?-?\s?){0,3}|\b(?:mr|mrs|ms|dr)\.\s)"
    rf"(?P<value>{_NAME}(?:{_BETWEEN}{{0,2}}\s{_NAME}){{0,3}})"
)
_NO_NAME = (
    r"(?:a|also|always|an|and|as|at|because|being|but|by|called|changed|different|for|from|in|important|is|it|long|"
    r"misspelled|"
    r"misspelt|my|never|no|not|now|of|on|one|or|pronounced|redacted|removed|short|so|spelled|spelt|still|that|the|"
    r"there|this|to|"
    r"too|unknown|very|what|who|with|wrong|written)\b"
)
_IN_SMALL_LETTERS = (
    rf"\b[Mm]y (?:full )?name(?: is|'s|:)\s"
    rf"(?P<value>(?!{_NO_NAME})[a-z]{{2,30}}(?:\s(?!{_NO_NAME})[a-z]{{2,30}}){{0,2}})"
    r"(?=$|[.,;!?\n]| and\b| but\b)"
)

_WORD = r"[^\W\d_a-z][\w'’]{0,30}(?:-[\w'’]{1,30}){0,4}"
"""Hyphens are its own alone: were one between two words too, a row of them would be cut in every way there is."""

_COMPANY = (
    rf"\b{_WORD}(?:,?[ ](?:and\s|&\s|y\s|e\s)?{_WORD}){{0,4}}(?:,?[ ](?:Inc|LLC|Ltd|Limited|PLC|Corp|Corporation|"
    r"GmbH|AG|KG|KGaA|OHG|GbR|SE|SA|SAS|SARL|SL|SpA|Srl|BV|NV|Oyj?|Osk|AB|ASA|A/S|ApS|EIRL|Ltda|S\.C\.P|S\.L\.L|Şti|"
    r"sp\.j)\b\.?(?:\s&\sCo\.\s?(?:KGaA|KG|OHG)?)?|,?\s(?:S\.A\.(?:S\.)?|S\.L\.(?:N\.E\b\.?|[UL]\b\.?)?|S\.p\.A\.|"
    r"S\.r\.l\.|B\.V\.|Sp\.\sz\so\.o\.|A\.Ş\.|Ltd\.\sŞti\.)|\s(?:and|&)\s(?:Sons|Partners)\b)"
)


def mail() -> tuple[Form, ...]:
    return (
        form("EMAIL", _EMAIL, r"@|%40|[(\[{] ?(?:at|AT) ?[)\]}]"),
        form(
            "EMAIL", _SPOKEN, r"(?i:\s(?:at|arroba|chiocciola|arobase)\s[^\n]{2,60}\s(?:dot|punto|punkt|point|ponto)\s)"
        ),
    )


def forms() -> tuple[Form, ...]:
    return (
        form("PASSPORT", _PASSPORT, r"[A-Z0-9]{6}", after=_AFTER_PASSPORT),
        form("BIRTH_DATE", _DATE, _BIRTHS, after=_AFTER_BIRTH),
        form("BIRTH_DATE", _DATE + _OF_A_PATIENT, _OF_A_PATIENT),
        form(
            "ORGANISATION",
            _COMPANY,
            r"Inc|LLC|L[it]|PLC|Corp|GmbH|KG|AG|OHG|GbR|SE|S\.|SA|SL|S[pr]|[BN]V|O[ys]|AB|AS|A/S|ApS|EIRL|Şti|sp\.j"
            r"|B\.V|Sp\.|A\.Ş|Sons|Partners",
        ),
        form("PERSON", _IN_SMALL_LETTERS, r"y (?:full )?name"),
        form(
            "PERSON",
            _INTRODUCED,
            r"[Nn]ame|Dear|[Cc]alls? me|\b[Mm][rsx]s?\b|\bdr\.|Miss|Dr|Prof|Herr|Frau|Señor|Monsieur|Madame",
        ),
    )
