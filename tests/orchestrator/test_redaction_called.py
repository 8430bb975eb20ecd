"""What is personal because of what it is called: passwords, papers, names in forms, letters and tables, abroad too."""

import pytest

from tertulia.orchestrator.redaction.patterns import find

_HEX = "0f9a3c7e51b2d84680ace13579bdf024"


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("SECRET", "hasło: Kotek123!", "Kotek123!"),
        ("SECRET", "пароль Qwerty_7788", "Qwerty_7788"),
        ("SECRET", "senha do wifi: casaverde42", "casaverde42"),
        ("SECRET", "Kennwort lautet Hundehütte_12", "Hundehütte_12"),
        ("SECRET", "passwd=letmein-please", "letmein-please"),
        ("SECRET", f"JWT_SECRET={_HEX}", _HEX),
        ("SECRET", f"the auth token {_HEX} works", _HEX),
        ("SECRET", f"?sig={_HEX}%3D&se=2026", f"{_HEX}%3D"),
        ("SECRET", "curl -u admin:S3cure-Pass https://api.example.com", "S3cure-Pass"),
        ("SECRET", "PIN: 4471 for the alarm", "4471"),
        ("SECRET", "docker dckr_" + "pat_lKarfFgiDqJlxq6oacK7V_iIsoD", "dckr_" + "pat_lKarfFgiDqJlxq6oacK7V_iIsoD"),
        ("PASSPORT", "nr paszportu EH9482017", "EH9482017"),
        ("PASSPORT", "паспорт серия 4509 118273", "4509 118273"),
        ("PASSPORT", "Passnummer: CFGH12K47", "CFGH12K47"),
        ("BIRTH_DATE", "дата рождения 21.06.1985", "21.06.1985"),
        ("BIRTH_DATE", "geb. 17.04.1951 in Weimar", "17.04.1951"),
        ("BIRTH_DATE", "doğum tarihim 15 Mart 1988", "15 Mart 1988"),
        ("BIRTH_DATE", "You asked for my date of birth. It's 13 May 1964", "13 May 1964"),
        ("NATIONAL_ID", "T.C. kimlik no: 10394827138", "10394827138"),
        ("NATIONAL_ID", "numer dowodu osobistego: ABS 123456", "ABS 123456"),
        ("NATIONAL_ID", "driver's license no. D1234567 (CA)", "D1234567"),
        ("NATIONAL_ID", "SIN (Canada): 046 454 286", "046 454 286"),
        ("PERSON", '"last_name": "Vandenberghe"', "Vandenberghe"),
        ("PERSON", "- **Name:** Ophelia Grant", "Ophelia Grant"),
        ("PERSON", "Emergency contact Odalys Prieto, at noon", "Odalys Prieto"),
        ("PERSON", "Hi Kirsten, thanks for the reply!", "Kirsten"),
        ("PERSON", "Mit freundlichen Grüßen\nJürgen Pfeiffer", "Jürgen Pfeiffer"),
        ("PERSON", "Иван Петров не пришёл", "Иван Петров"),
        ("PERSON", "What's your last name? Schwital", "Schwital"),
        ("ADDRESS", "ul. Marszałkowska 84/92 m. 15, 00-514 Warszawa", "ul. Marszałkowska 84/92 m. 15, 00-514 Warszawa"),
        ("ADDRESS", "Bağdat Caddesi No: 214, 34728 Kadıköy/İstanbul", "Bağdat Caddesi No: 214, 34728 Kadıköy/İstanbul"),
        ("ADDRESS", "ул. Ленина, д. 45, кв. 12, Казань", "ул. Ленина, д. 45, кв. 12, Казань"),
        ("ADDRESS", "Mariahilfer Straße 45/3/12, 1060 Wien", "Mariahilfer Straße 45/3/12, 1060 Wien"),
        ("ADDRESS", "Cuesta de Luis Bravo 2, Cádiz, 30580", "Cuesta de Luis Bravo 2, Cádiz, 30580"),
        ("CARD", "card: 4 5 3 2 0 1 5 1 1 2 8 3 0 3 6 6", "4 5 3 2 0 1 5 1 1 2 8 3 0 3 6 6"),
        ("IP", "whitelist 198.51.100.0/24 now", "198.51.100.0/24"),
        ("PHONE", "tel 030 / 901820-15, bitte", "030 / 901820-15"),
        ("PHONE", "01.45.22.87.10 poste 33", "01.45.22.87.10 poste 33"),
        ("EMAIL", "write to joe dot blake at gmail dot com", "joe dot blake at gmail dot com"),
    ],
)
def test_a_value_is_known_by_what_it_is_called(kind: str, text: str, value: str) -> None:
    """All of it is found, as its kind, and nothing else."""
    assert [(one.kind, text[one.start : one.end]) for one in find(text)] == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "password = os.getenv('DB_PASSWORD')",
        "The password must have at least 12 characters.",
        "password: ********",
        "api_key: ${{ secrets.API_KEY }}",
        "Upgrade to version 10.4.2.1, firmware 1.2.3.4, section 3.1.4.1",
        "Name: Required\nAuthor: Unknown\nContact: see website",
        "Hi all, standup in five. Hello World! Dear team, it is done.",
        "primary_key=0f9a3c7e51b2d84680ace13579bdf024",
        "product,price\nGarden Chair,49.90\nOak Table,199.00",
        "Auf Platz 3 landete das Team.",
    ],
)
def test_a_word_in_its_place_is_no_value(text: str) -> None:
    """Code, forms that are empty, versions and tables of things stay as they are."""
    assert find(text) == []


def test_two_accounts_stand_side_by_side() -> None:
    """The beginning of the second is not taken for the end of the first."""
    text = "from SE45 5000 0000 0583 9825 7466 to NO9386011117947"
    assert [text[one.start : one.end] for one in find(text)] == ["SE45 5000 0000 0583 9825 7466", "NO9386011117947"]


@pytest.mark.parametrize(
    "text",
    [
        "name,dob,ssn\nArthur Penn,1964-02-11,287-65-4432",
        "| Name | DOB | SSN |\n|---|---|---|\n| Arthur Penn | 1964-02-11 | 287-65-4432 |",
    ],
)
def test_a_tables_heading_says_what_stands_below(text: str) -> None:
    """In CSV and in Markdown."""
    found = [(one.kind, text[one.start : one.end]) for one in find(text)]
    assert found == [("PERSON", "Arthur Penn"), ("BIRTH_DATE", "1964-02-11"), ("SSN", "287-65-4432")]


@pytest.mark.parametrize(
    "text",
    [
        'name,dob,note\n,,\nArthur Penn,,"tall, ""slim"""\n,1964-02-11,',
        "name;dob;\nArthur Penn;\n;1964-02-11;",
        "| Name | DOB | Note |\n|---|---|---|\n| Arthur Penn | | x |\n|  | 1964-02-11 |  |",
        "name,dob\r\nArthur Penn,\r\n,1964-02-11\r\n",
        "name,dob\n" + ",\n" * 3000 + "Arthur Penn,1964-02-11",
    ],
    ids=["empty", "mark at the end", "Markdown", "CRLF", "far down"],
)
def test_an_empty_cell_ends_no_table(text: str) -> None:
    """Nor does a quoted mark, and a long table is looked at to its end."""
    found = [(one.kind, text[one.start : one.end]) for one in find(text)]
    assert found == [("PERSON", "Arthur Penn"), ("BIRTH_DATE", "1964-02-11")]


@pytest.mark.parametrize(
    "wallet", ["TW3BXDazeijNQDQg1pKy8TpprtJZVwPaUu", "ltc1q2g0wjuxs2jmg9u8m8rhs49favm6jl03x35ythz"]
)
def test_wallets_of_other_currencies_have_checksums_too(wallet: str) -> None:
    """A letter less, and it is none."""
    assert [one.kind for one in find(f"to {wallet}, please")] == ["WALLET"]
    assert find(f"to {wallet[:-1]}, please") == []
