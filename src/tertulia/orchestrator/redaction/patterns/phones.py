"""Telephone numbers: with a country, in the forms that their countries write, and any after a word for a phone."""

from tertulia.orchestrator.redaction.patterns.form import Form, digits_of, form

_EXTENSION = r"(?:,?\s{0,2}(?:x|ext\.?|extension|#)\s{0,2}[0-9]{1,6})?(?![\w-])"
_OWN_FORM = (
    r"(?<![\w.+-])(?:"
    # international: a plus or 00, the country, then groups
    r"(?:\+|(?<![0-9] )00(?=[1-9]))[1-9](?:[\s().-]{0,2}[0-9]){6,14}"
    # North America: area code, exchange, line
    r"|(?:(?:001|1)[\s.-]?)?(?:\([2-9][0-9]{2}\)\s?|[2-9][0-9]{2}[\s.-])[0-9]{3}[\s.-][0-9]{4}"
    # a trunk zero and groups: 020 7946 0958, 06 12 34 56 78, 030/1234567, (0)171-1234567, (0161) 496 0000
    r"|(?<![0-9] )\(?0[1-9][0-9]{0,4}\)?[\s./-]{1,2}[0-9]{2,8}(?:[\s.-][0-9]{2,4}){0,4}"
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
_ANY = r"(?<![\w.-])\+?\(?[0-9](?:[\s().-]{0,2}[0-9]){6,14}" + _EXTENSION
_AFTER_A_WORD = (
    r"(?i:\b(?:tel(?:ephone|éfono|efono|efon)?|phone|ph|mobile|móvil|movil|cell(?:ular|phone)?|fax|call|text|whatsapp|dial|ring|"
    r"reach|sms)\b\.?(?:\s(?:number|no|nr|is|at|on|me|us|him|her|them|my|to)\.?){0,3}[\s:]{1,3})"
)
_HINT = r"[0-9](?:[\s()./-]{0,2}[0-9]){6}"
_DIGITS = range(8, 16)
_DIGITS_TOLD = range(7, 16)
_NINE_OR_TEN = (("ES", 9), ("PL", 9), ("PT", 9), ("IN", 10))
"""Countries that write their numbers in groups without a zero before them, and how many digits they have."""


def forms() -> tuple[Form, ...]:
    return (
        form("PHONE", _ANY, _HINT, _told, after=_AFTER_A_WORD),
        form("PHONE", _OWN_FORM, _HINT, _own_form),
        form("PHONE", _GROUPS, _HINT, _given_out),
    )


def _line(text: str) -> str:
    """The number without its extension."""
    return digits_of(text.lower().replace("ext", "x").replace("#", "x").partition("x")[0])


def _told(text: str) -> bool:
    return len(_line(text)) in _DIGITS_TOLD and len(set(_line(text))) > 1


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
