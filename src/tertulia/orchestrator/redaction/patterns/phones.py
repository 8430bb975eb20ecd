"""Telephone numbers: with a country, in the forms that their countries write, and any after a word for a phone."""

import re

from tertulia.orchestrator.redaction.patterns.form import Form, digits_of, form

_INNER = (
    r"(?:,?\s{0,2}(?:x|ext\.?|extension|#|poste|durchwahl|dw\.?|anexo|interno|int\.|wewn?\.|ramal|toestel|dahili|"
    r"доб\.?)\s{0,2}[0-9]{1,6})?"
)
_EXTENSION = rf"{_INNER}(?![\w-])"
_OWN_FORM = (
    r"(?<![\w.+-])(?:"
    # international: a plus or 00, the country, then groups
    r"(?:\+|(?<![0-9] )00(?=[1-9]))[1-9](?:[\s().-]{0,2}[0-9]){6,14}"
    # North America: area code, exchange, line
    r"|(?:(?:001|1)[\s.-]?)?(?:\([0-9]{3}\)\s?|[2-9][0-9]{2}[\s.-]|[0-9]{3}[.-](?=[0-9]{3}[.-]))[0-9]{3}[\s.-][0-9]{4}"
    # a country in brackets: (351) 229 972 200, (+57)3064262129
    r"|\((?:\+[1-9][0-9]{0,2}|[1-9][0-9]{1,2})\)\s?[0-9]{2,3}[\s-]?[0-9]{3}[\s-]?[0-9]{2,4}(?:[\s-]?[0-9]{2})?"
    # a trunk zero and groups: 020 7946 0958, 06 12 34 56 78, 030/1234567, (0)171-1234567, (0161) 496 0000
    r"|(?<![0-9] )(?![0-9]{2}[./-][0-9]{2}[./-](?:19|20)[0-9]{2}(?![0-9]))\(?0[1-9][0-9]{0,4}\)?(?:[\s./-]{1,2}|"
    r"\s[/-]\s)[0-9]{2,8}(?:[\s.-][0-9]{2,4}){0,4}"
    # the same in one piece: 02079460958, (0161)4960000
    r"|(?<![0-9] )(?:0[1-9][0-9]{8,9}|\(0[1-9][0-9]{1,3}\)[0-9]{6,8})"
    # Russia's: 8 (495) 123-45-67
    r"|8[\s-]?\([3-9][0-9]{2}\)\s?[0-9]{3}[\s-][0-9]{2}[\s-][0-9]{2}"
    # an area code in brackets: (11) 91234-5678
    r"|\([1-9][0-9]{1,3}\)\s?[0-9]{3,5}[\s.-][0-9]{3,5}"
    # a local line
    r"|(?<![0-9] )[2-9][0-9]{2}-[0-9]{4}(?=$|[\s.,;)])"
    r")" + _EXTENSION
)
_GROUPS = r"(?<![\w.+/-])(?<![0-9] )(?:[6-9][0-9]{4}[\s-][0-9]{5}|[5-9][0-9]{1,2}(?:[\s-][0-9]{2,3}){2,3})" + _EXTENSION
_EXTENSION_TOLD = rf"{_INNER}(?![A-Za-z0-9_-])"
"""Scripts without spaces go on right behind a number."""

_ANY = r"(?<![A-Za-z0-9_.-])\+?\(?[0-9](?:[\s().-]{0,2}[0-9]){6,14}" + _EXTENSION_TOLD
_WORDS = (
    r"t[eé]l(?:[eé]phone|éfono|efono|efone|efon|efoon)?s?|phones?|ph|mobiles?|móvil|movil|cell(?:ular|phone)?|fax|"
    r"call(?:ed|ing)?|text(?:ed|ing)?|phon(?:ed|ing)|whatsapp|"
    r"viber|dial(?:l?ed|l?ing)?|ring(?:ing)?|rang|reach(?:ed|ing|able)?|sms|contact\snumber"
    r"|portable|appelle[sz]?(?:[-\s]moi)?|celular(?:es)?|ll[áa]ma(?:me|r|dme)?|cellulare|chiama(?:mi|re)?|"
    r"telem[óo]vel|lig(?:a|ue|ar)\spara|"
    r"(?:handy|telefon|mobil|ruf)nummer|handy|ruf(?:e|en)?(?:\s(?:mich|uns))?|anrufen|(?:telefoon|gsm)nummer|mobiel|"
    r"gsm|bel\sme"
    r"|natel|cep(?:\stelefonum)?|telefon(?:u|ie|em|um|ım)?|kom(?:órka|\.)|dzwoń(?:\spod)?|zadzwoń(?:\spod)?|rufnummer|"
    r"durchwahl|numer(?:\stelefonu)?|ara(?:yın)?"
    r"|тел(?:ефон[ау]?)?|мобильный|моб|(?:по|за)звони(?:те)?|звоните|номер(?:у|ом)?\sтелефона"
)
_WORDS_UNBOUND = r"电话|電話|手机|手機|携帯|전화|휴대폰|फ़ोन|फोन|मोबाइल|هاتفي?|الهاتف|جوالي?|موبايلي?|טלפון|נייד"
_FILLERS = (
    r"(?:\s{0,2}(?:number|no|nr|num|numéro|número|numero|номер[уа]?|号码|號碼|号|號|番号|번호|नंबर|is|ist|est|es|is|è|é|at|on|"
    r"me|us|him|her|back|again|either|directly|anytime|asap|via|with|from|"
    r"them|my|to|our|the|le|la|al|au|el|il|o|op|para|pro|de|di|do|del|della|unter|an|nummer|mich|uns|mi|mio|meu|mon|"
    r"мне|нам|по|на|"
    r"это|是|为|は|는|은|है|رقم|هو|whatsapp|phone|mobile)(?![A-Za-z])\.?){0,4}\s{0,2}[:-]?\s{0,2}"
)
_IN_A_RECORD = (
    r"(?:[\s_-]?(?:number|num|no|nr|home|work|cell|mobile)){0,2}(?:;type=[a-z,]{1,20})?[\"'`*]{0,3}\s{0,2}(?:[:=>]|=>)"
    r"\s{0,2}[\"'`*]{0,3}(?:tel:)?"
)
_AFTER_A_WORD = rf"(?i:(?:(?<!\w)(?:{_WORDS})\b|{_WORDS_UNBOUND})\.?{_FILLERS}|(?<![^\W\d_])(?:{_WORDS}){_IN_A_RECORD})"
_IN_ONE_PIECE = r"(?<![\w.+/-])(?:\+?[0-9]{9,13})"
_SAID_AFTER = (
    r"(?=\s{0,2}(?:[-(]|\bis\s(?:my|our|the|his|her|their)(?:\s(?:new|old|work|private|home|business)){0,2})\s?"
    r"(?i:cell(?:phone)?|mobile|phone|tel|telephone|whatsapp|viber|signal|fax|handy|móvil|portable|cellulare|celular|"
    r"тел|телефон)"
    r"(?:\s(?:number|no))?\.?(?:[).,;!?\n]|\Z))"
)
_AFTER_MY_NUMBER = (
    r"(?i:(?:\b(?:my|our|his|her|their|your|whose)|[a-z]['’]?s)\s(?:new\s|old\s|private\s|work\s)?number\b[^.\n0-9]"
    r"{1,30}?)"
)
_LONE = r"(?<![\w.+/-])\+?\(?[0-9](?:[\s().-]{0,2}[0-9]){7,13}" + _INNER
_BEHIND_MAIL = (
    rf"@[\w.-]{{3,60}}[\"'>]{{0,2}}\s{{0,2}}[,;|/\t]\s{{0,3}}[\"']?(?:[A-Za-z]{{1,8}}:\s)?(?P<value>{_LONE})(?![\w-])"
)
_BEFORE_MAIL = (
    rf"(?P<value>{_LONE})[\"']?\s{{0,2}}[,;|/\t]\s{{0,3}}[\"'<]{{0,2}}(?:[A-Za-z-]{{1,8}}:\s)?(?=[\w.+-]{{1,60}}@)"
)
"""In a signature or a row of a table."""

_BEFORE_INNER = re.compile(r"[^\W\d]|#")
_HINT = r"[0-9](?:[\s()./-]{0,2}[0-9]){6}"
_ONE_PIECE = r"[0-9]{9}"
_DIGITS = range(8, 16)
_DIGITS_TOLD = range(7, 16)
_CLOCK = re.compile(
    r"1[0-9]{9}(?:[0-9]{3})?\Z"  # seconds or milliseconds since 1970
    r"|(?:19|20)[0-9]{2}[-./][0-9]{1,2}[-./][0-9]{1,2}(?![0-9])|[0-9]{1,2}[-./][0-9]{1,2}[-./](?:19|"
    r"20)[0-9]{2}(?![0-9])"
    r"|(?:19|20)[0-9]{2}\s?[\s-]\s?(?:19|20)[0-9]{2}\Z"
)
_NORTH_AMERICAN = re.compile(r"\+?1?[2-9][0-8][0-9][2-9][0-9]{6}")
_NINE_OR_TEN = (("ES", 9), ("PL", 9), ("PT", 9), ("IN", 10))
"""Countries that write their numbers in groups without a zero before them, and how many digits they have."""


def forms() -> tuple[Form, ...]:
    return (
        form("PHONE", _ANY, _HINT, _told, after=_AFTER_A_WORD),
        form("PHONE", _OWN_FORM, _HINT, _own_form),
        form("PHONE", _BEHIND_MAIL, r"@[\w.-]{3,60}[\"'>]{0,2}\s{0,2}[,;|/\t]", _grouped_or_long),
        form("PHONE", _BEFORE_MAIL, r"[0-9][\"']?\s{0,2}[,;|/\t]\s{0,3}[\"'<]{0,2}[A-Za-z]", _grouped_or_long),
        form("PHONE", _GROUPS, _HINT, _given_out),
        form("PHONE", _IN_ONE_PIECE + _SAID_AFTER, _ONE_PIECE, _told),
        form("PHONE", _IN_ONE_PIECE + r"(?![\w-])", _ONE_PIECE, _north_american, after=_AFTER_MY_NUMBER),
    )


def _line(text: str) -> str:
    """The number without its extension."""
    return digits_of(_BEFORE_INNER.split(text, maxsplit=1)[0])


def _told(text: str) -> bool:
    """Not the time of a clock, a date or two years: "call on 2024-05-06", "text 1732000000"."""
    digits = _line(text)
    return len(digits) in _DIGITS_TOLD and len(set(digits)) > 1 and _CLOCK.match(text) is None


def _grouped_or_long(text: str) -> bool:
    """Eight digits in one piece may count something."""
    return _told(text) and (len(text) > len(digits_of(text)) or len(digits_of(text)) > 8)  # noqa: PLR2004 - as said above


def _own_form(text: str) -> bool:
    digits = _line(text)
    return len(digits) in _DIGITS or (len(digits) == 7 and "-" in text)  # noqa: PLR2004 - a local number, 555-0123


def _given_out(text: str) -> bool:
    """By the numbering plans of the countries that write so: the form alone would be too little."""
    import phonenumbers

    digits = _line(text)
    return any(
        phonenumbers.is_valid_number(
            phonenumbers.PhoneNumber(phonenumbers.country_code_for_region(region), int(digits))
        )
        for region, length in _NINE_OR_TEN
        if len(digits) == length
    )


def _north_american(text: str) -> bool:
    """What "my number" is may be a customer's or an order's: only one that the plan of ten digits has is a phone's."""
    return _NORTH_AMERICAN.fullmatch(text) is not None
