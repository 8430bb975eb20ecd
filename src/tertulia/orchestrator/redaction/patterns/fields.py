"""Names where forms, letters and records write them: "Patient: Gordon Pike", ``"last_name": "Thorsen"``, "Hi Kirsten,",
and the line under "Kind regards".

The language model reads sentences, and takes these for titles or for nothing. What stands there must be written as a
name is, and be no known word ("Name: required", "Hi all,").
"""

import re

from tertulia.orchestrator.redaction.patterns.form import Form, form
from tertulia.orchestrator.redaction.words import FIRST_NAMES, NO_FIELDS, NO_NAMES, PARTICLE

_NAME = r"[^\W\d_a-zß-öø-ÿа-яё](?:[^\W\d_]|['’-](?=[^\W\d_])){0,30}"
_NAMES = rf"(?P<value>{_NAME}\.?(?:[ ]{PARTICLE}){{0,2}}(?:[ ](?:{PARTICLE}\s){{0,2}}{_NAME}\.?){{0,3}}(?<!\.))"
_TWO_NAMES = rf"(?P<value>{_NAME}\.?(?:[ ](?:{PARTICLE}\s){{0,2}}{_NAME}){{1,3}})"
_MARKS = r"[\"'`*]{0,4}\s{0,2}[\"'`*]{0,4}\s{0,2}"
_IS = rf"[\"'`*]{{0,4}}\s{{0,2}}[:=|\t]{_MARKS}"
_NAME_OF = (
    r"(?i:(?<![^\W\d_])(?:(?<=[\"'])(?:given|family|first|last)(?=[\"'])|(?:full|first|last|given|family|middle|"
    r"maiden|nick|display|legal|real|customer|client|patient|employee|contact|user|guest|cardholder|"
    r"account[\s_-]?holder|holder|beneficiary|recipient|sender|owner|author|tenant|passenger|student|member|manager|"
    r"billing|shipping)[\s_-]?names?|surname|vorname|nachname|familienname|prénom|apellidos?|cognome|sobrenome|"
    r"apelido|imię(?:\si\snazwisko)?|nazwisko|soyad[ıi]|фамилия|имя|фио|signed(?:\sby)?|cardholder|"
    r"account[\s_-]?holder|kontoinhaber(?:in)?|titular|intestatario))"
)
_ROLE = (
    r"(?i:(?<![^\W\d_])(?:patient(?:in)?|customer|client|contact(?:\sperson)?|author|tenant|recipient|sender|"
    r"beneficiary|employee|guest|passenger|traveller|traveler|reviewer|reviewed(?:\sby)?|assignee|assigned(?:\sto)?|"
    r"reporter|reported\sby|approved\sby|prepared\sby|created\sby|attendees?|participants?|attn|attention|witness|"
    r"landlord|insured|claimant|spouse|emergency\scontact|next\sof\skin|cc|bcc|from|to|owner|holder|driver|teacher|"
    r"parents?|supervisor|manager|host(?:ed\sby)?|organi[sz]er|speaker|candidate|interviewer|"
    r"(?:attending\s)?physician|gp|surgeon|nurse|doctor|seller|buyer|borrower|applicant|pt|(?:policy|account|"
    r"card)[\s-]?holder|bill(?:ed)?\sto|ship(?:ped)?\sto|sold\sto|c/o|editor|translator|fn|cn|kontakt|contact\sname|"
    r"invoice\sto|user|person|name\son\scard|re|kund(?:e|in)|ansprechpartner(?:in)?|nombre|nom|nome|isim|ad\ssoyad))"
)
_NAME_OF_SOMEBODY = rf"(?i:(?<![^\W\d_])(?<![^\W\d_][\s_-])names?){_IS}"
_OF_A_PERSON = (
    r"(?=[\s\S]{0,120}(?i:(?<![^\W\d_])(?:e-?mail|mail|phone|tel|mobile|dob|birth|ssn|address|street|age|passport|"
    r"iban|card|role|job|department|salary|city|town|employer|zip|postcode|occupation|gender|nationality|cvc|"
    r"token|password)))"
)
"""What stands beside the name of somebody, and not of a product or a file."""

_IN_THE_NAME_OF = (
    r"(?i:(?<![^\W\d_])(?:in\sthe\sname\sof|payable\sto|made\sout\sto|intestat[oa]\sa|t\.n\.v\.|à\sl'ordre\sde|"
    r"a\snombre\sde|em\snome\sde|na\snazwisko)\s)"
)
_HINT_OF_THE_NAME = ("name of", "payable", "made out", "intestat", "t.n.v", "ordre", "nombre", "nome", "nazwisko")
_MINE = (
    r"(?i:(?<!\w)(?:emergency\scontact|my\s(?:wife|husband|partner|son|daughter|brother|sister|boss|manager|colleague|"
    r"friend|neighbour|doctor))\s)"
)
_HINT_OF_GREETING = (
    r"\b(?:[Hh](?:i|ello|ey|allo|ola)|[Gg]ood|[Tt]hank|[Bb]onjour|[Ss]alut|[Cc]iao|Ol|Oi|Cze|Wit|Merh|[Ll]iebe|"
    r"[Qq]uer|[Cc]h?[èea]r|Drog|Prez|Moin|"
    r"Serv|Gut|При|Здр|Ува|Дор|Say)"
)
_GREETING = (
    r"\b(?:[Hh]i|[Hh]ello|[Hh]ey|[Gg]ood\s(?:morning|afternoon|evening)|[Tt]hanks|[Tt]hank\syou|[Hh]allo|[Hh]ola|"
    r"[Bb]onjour|[Ss]alut|[Cc]iao|Olá|Oi|"
    r"Cześć|Witaj|Merhaba|[Ll]iebe[rs]?|[Qq]uerid[oa]|[Cc]her|[Cc]hère|[Cc]ar[oa]|Drog[ia]|Prezad[oa]|Moin|Servus|"
    r"Guten\s(?:Tag|Morgen|Abend)|"
    r"Привет|Здравствуйте|Уважаем(?:ый|ая)|Дорог(?:ой|ая)|Sayın)(?:,\s|\s)"
)
_CLOSING = (
    r"(?i:(?<![^\W\d_])(?:regards|wishes|sincerely|faithfully|truly|cheers|best|thanks|thank\syou|many\sthanks|yours|"
    r"signed|grüßen?|gruß|lg|vg|mfg|"
    r"cordialement|bien\sà\svous|sincères\ssalutations|saludos|atentamente|un\ssaludo|(?:cordiali|distinti)\ssaluti|"
    r"saluti|atenciosamente|abraços|"
    r"cumprimentos|pozdrawiam|z\spoważaniem|с\sуважением|saygılarımla|hälsningar|"
    r"groet(?:en)?)\s{0,2}[,.!—-]{0,2}\s{0,2})"
)


_BEFORE_MAIL = rf"(?<![\w@.]){_NAMES}(?=[\"']?\s{{0,2}}[<(](?:mailto:)?[^<>()\s@]{{1,64}}@)"
_SPEAKER = (
    rf"(?:\A|(?<=\n))\s{{0,2}}(?:\[[0-9][0-9/.,\s:-]{{3,20}}(?:[AaPp][Mm])?\]|[0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}}"
    rf")?(?:\s[AaPp][Mm])?)\s(?:-\s)?{_NAMES}(?=:\s)"
)
_TAGGED = (
    rf"<(?:\w{{1,12}}:)?(?:(?:full|first|last|sur|given|family|customer|patient|contact|display)[_-]?)?[Nn]ame[^<>"
    rf"\n]{{0,30}}>\s{{0,2}}{_NAMES}\s{{0,2}}</"
)
_IN_AN_ADDRESS = rf"[?&](?:(?:full|first|last|user|sur)_?)?[Nn]ame={_NAMES}(?=[&#\s\"']|\Z)"
_UNDER_DASHES = rf"(?:\A|\n)--\s?\n\s{{0,2}}{_NAMES}(?=\s{{0,2}}[|\n,]|\Z)"
_LAST_FIRST = rf"(?P<value>{_NAME}(?:[\s-]{_NAME})?,\s{_NAME}(?:\s{_NAME}\.?)?)"
_BEGINS = (
    r"(?:(?:\A|\n)\s{0,4}|[:|;\t]\s{0,2}|[0-9]\s|(?:[Pp]t|[Pp]atient|[Mm]ember|[Cc]lient|[Ss]tudent|[Ee]mployee)\s)"
)

_CITY = (
    r"[^\W\d_a-z](?:[^\W\d_]|['’-](?=[^\W\d_])){1,30}(?:[ -](?:(?:de|du|del|da|do|la|le|les|am|an|der|den|upon|on|of|"
    r"sur|en|op|di)[ -]){0,2}[^\W\d_a-z](?:[^\W\d_]|['’-](?=[^\W\d_])){1,30}){0,3}"
)
_ENDS = r"(?=[\"'`]{0,2}[ ]{0,2}(?:[\n,;|<)}\t]|\.?\Z))"
_TOWN_OF = (
    r"(?i:(?<![^\W\d_])(?:city|town|village|(?:place|city|town|country)\sof\s(?:birth|origin|residence)|birth[\s_-]"
    r"?place|country|"
    r"state|province|county|destination|home\s?town|wohnort|geburtsort|stadt|ville|ciudad|città|cidade|miasto))"
)
_COMPANY_OF = (
    r"(?i:(?<![^\W\d_])(?:company(?:[\s_-]?name)?|employer|organi[sz]ation|org|firm|vendor|supplier|business[\s_-]?"
    r"name|firma|société|"
    r"entreprise|empresa|azienda|ditta))"
)
_COMPANY = r"[^\W_a-z][^\n;|\t\"<>{}=:@]{1,58}?"

_GREETED = rf"(?:[\s,]){_NAMES}(?=\s{{0,2}}(?:[,!.:;\n—–-]|\Z))"
_UNDERNEATH = rf"\n\s{{0,4}}{_NAMES}(?=\s{{0,2}}(?:[,|(\n]|\Z))"
_AT_THE_END = rf"[,.!—-]\s{_TWO_NAMES}(?=\.?\s{{0,2}}(?:\n|\Z))"


def forms() -> tuple[Form, ...]:
    """What stands before a name is looked at where something may be one: the words are many, and such places few."""
    assigned = rf"[:=|\t]{_MARKS}[^\W\d_a-z]"
    return (
        form(
            "PERSON",
            rf"[:=|\t]{_MARKS}{_NAMES}",
            assigned,
            is_name,
            after=rf"(?:{_NAME_OF}|(?<![^\W\d_]\s)(?<![\w-])Name){_IS}",
        ),
        form("PERSON", rf"[:=|\t]{_MARKS}{_TWO_NAMES}", assigned, is_name, after=rf"{_ROLE}{_IS}"),
        form("PERSON", rf"[:=|\t]{_MARKS}{_TWO_NAMES}{_OF_A_PERSON}", assigned, is_name, after=_NAME_OF_SOMEBODY),
        form("PERSON", rf"\s{_TWO_NAMES}", _HINT_OF_THE_NAME, is_name, after=_IN_THE_NAME_OF),
        form("PERSON", rf"\s{_NAMES}", ("my ", "emergency contact"), is_name, after=_MINE),
        form("PERSON", _BEFORE_MAIL, r"[<(][^<>()\s@]{1,64}@", is_name),
        form("PERSON", _SPEAKER, r"[0-9]:[0-9]{2}", _is_speaker),
        form("PERSON", _TAGGED, r"[Nn]ame[^<>\n]{0,30}>", is_name),
        form("PERSON", _IN_AN_ADDRESS, r"[Nn]ame=", is_name),
        form("PERSON", _UNDER_DASHES, "--", is_name),
        form(
            "PERSON",
            rf"[:=|\t]{_MARKS}{_LAST_FIRST}",
            assigned,
            _is_last_first,
            after=rf"(?:{_NAME_OF}|{_ROLE}|(?<!\w)(?i:name)){_IS}",
        ),
        form(
            "PERSON",
            rf"{_LAST_FIRST}(?=\s{{0,2}}(?:[\n;|(\t0-9]|[,]\s[a-z0-9]|\Z))",
            r"[^\W\d_],\s[^\W\d_a-z]",
            _is_last_first,
            after=_BEGINS,
        ),
        form("PERSON", _GREETED, _HINT_OF_GREETING, is_name, after=_GREETING),
        form("PERSON", _UNDERNEATH, r"\n\s{0,4}[^\W\d_a-z]", is_name, after=rf"{_CLOSING}\n\s{{0,4}}"),
        form("PERSON", _AT_THE_END, _AT_THE_END, is_name, after=_CLOSING),
        form("PLACE", rf"[:=\t]{_MARKS}(?P<value>{_CITY}){_ENDS}", assigned, is_name, after=rf"{_TOWN_OF}{_IS}"),
        form(
            "ORGANISATION",
            rf"[:=\t]{_MARKS}(?P<value>{_COMPANY})(?=[\"'`]?[ ]{{0,2}}(?:[\n;|<}}\t]|[\"'`],?\s|,\s[\"'a-z]|\.?\Z))",
            assigned,
            is_name,
            after=rf"{_COMPANY_OF}{_IS}",
        ),
    )


def is_name(text: str) -> bool:
    """Not a word that everybody knows."""
    words = [word.strip(".").casefold() for word in re.split(r"\s", text)]
    return not any(word in NO_NAMES or word in NO_FIELDS for word in words)


def _is_speaker(text: str) -> bool:
    """Not the level of a log's line."""
    return is_name(text) and not text.isupper()


def _is_last_first(text: str) -> bool:
    """Behind the comma stands a known first name: "Paris, France" has none."""
    last, first = text.split(",", maxsplit=1)
    return first.split()[0].rstrip(".") in FIRST_NAMES and is_name(last) and last.split()[0] not in FIRST_NAMES
