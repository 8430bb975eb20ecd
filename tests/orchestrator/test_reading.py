"""Personal data that is written in a second way is found all the same, and what is put in its place fits there."""

import json
import random
from typing import Any

import pytest

from tertulia.orchestrator.redaction import restore
from tertulia.orchestrator.redaction.patterns import find
from tertulia.orchestrator.redaction.reading import Reading
from tertulia.orchestrator.redaction.redactor import Redactor, typed
from tertulia.orchestrator.service.rewriting import in_json
from tertulia.orchestrator.service.texts import texts_of, with_texts

VALUE = "zoe.secret@example.com"


def wide(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if one.isalnum() else one for one in text)


def sent(text: str, redactor: Redactor) -> str:
    redactor.reserve(typed(text))
    return redactor.redact(text, find(text))


@pytest.mark.parametrize(
    "text",
    [
        wide("4111 1111 1111 1111"),
        "٤١١١١١١١١١١١١١١١",
        "".join(chr(0x1D7CE + int(one)) for one in "4111111111111111"),
        "4111\u00a01111\u00a01111\u00a01111",
        "4111\u20111111\u20111111\u20111111",
        "4111–1111–1111–1111",
        "4\u200b111111111111111",
        "4111\n1111\n1111\n1111",
        "4111  1111  1111  1111",
        "4111.1111.1111.1111",
        "zoe.secret＠example.com",
        "zoe.secret@exam\u200bple.com",
        "zoe.se\u00adcret@example.com",
        "zoe.secret%40example.com",
        "zoe.secret [at] example [dot] com",
        '"zoe secret"@example.com',
        wide("DE89370400440532013000"),
        "GB82-WEST-1234-5698-7654-32",
        "de89 3704 0044 0532 0130 00",
        "415–555–2671",
        "sk-\u200bproj-abcdefghijklmnopqrstuvwxyz0123456789",
    ],
)
def test_another_way_of_writing_hides_nothing(text: str) -> None:
    """The whole is one placeholder, and comes back as it was written."""
    redactor = Redactor()
    told = sent(f"note {text}, please", redactor)
    assert told in {f"note [{kind}_1], please" for kind in ("CARD", "EMAIL", "IBAN", "PHONE", "SECRET")}
    assert restore(told, redactor.values) == f"note {text}, please"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("4111 1111 1111 1111 123", "[CARD_1] 123"),
        ("4111111111111111 12/27", "[CARD_1] 12/27"),
        ("2024 4111 1111 1111 1111", "2024 [CARD_1]"),
        ("ES91 2100 0418 4502 0005 1332 2024", "[IBAN_1] 2024"),
        ("card_4111111111111111_x", "card_[CARD_1]_x"),
        ("DB_PASSWORD=hunter2hunter", "DB_PASSWORD=[SECRET_1]"),
        ("Authorization: Bearer abcDEF123456", "Authorization: Bearer [SECRET_1]"),
        ("postgres://admin:s3cr3tpw@db.internal/x", "postgres://admin:[SECRET_1]@db.internal/x"),
        ("my name is john smith, hello", "my name is [PERSON_1], hello"),
        ("my name is not important", "my name is not important"),
        ('"dob": "1984-05-03"', '"dob": "[BIRTH_DATE_1]"'),
        ("date_of_birth: 03/05/1984", "date_of_birth: [BIRTH_DATE_1]"),
        ("geboren am 3. Mai 1984", "geboren am [BIRTH_DATE_1]"),
        ("née le 3 août 1984", "née le [BIRTH_DATE_1]"),
        ("my ssn is 078051120", "my ssn is [SSN_1]"),
        ("Reisepass-Nr.: C01X00T47", "Reisepass-Nr.: [PASSPORT_1]"),
        ("TFN 123 456 782", "TFN [NATIONAL_ID_1]"),
        ("AHV 756.9217.0769.85", "AHV [NATIONAL_ID_1]"),
        ("PESEL 44051401359", "PESEL [NATIONAL_ID_1]"),
        ("11010519491231002X", "[NATIONAL_ID_1]"),
        ("years 2019 2020 2021 2022 2023", "years 2019 2020 2021 2022 2023"),
        ("pattern 756.1234.5678.90, 44051401358", "pattern 756.1234.5678.90, 44051401358"),
        ("the password is required; password: string", "the password is required; password: string"),
    ],
)
def test_what_stands_beside_a_value_does_not_hide_it(text: str, told: str) -> None:
    """A security code, a year, a variable's name; what only looks like it stays."""
    assert sent(text, Redactor()) == told


def test_a_place_in_what_is_read_is_one_in_what_is_written() -> None:
    """Each character that is read stands where the text says it does, whatever is mixed."""
    choose = random.Random(1)
    pieces = [
        "a",
        "B",
        "4",
        "\uff14",
        " ",
        "\u00a0",
        "\u200b",
        "-",
        "\u2011",
        "\u043e",
        "é",
        "e\u0301",
        "\\n",
        "\\u00fc",
        "\\",
        "\n",
    ]
    for _ in range(5_000):
        text = "".join(choose.choice(pieces) for _ in range(choose.randint(0, 12)))
        reading, last = Reading(text), 0
        for place, read in enumerate(reading.plain):
            start, end = reading.written(place, place + 1)
            assert last <= start < end <= len(text)
            assert read in {text[start:end], Reading(text[start:end]).plain} or text[start:end] == "\u043e"
            last = end


def test_json_stays_json_and_its_values_are_those_of_sentences() -> None:
    """Escapes are undone in what a placeholder stands for, bare numbers are quoted, and arguments are right again."""
    address = 'Hauptstraße 5, 10115 "Berlin"'
    arguments = json.dumps(
        {"note": f"\nzoe@example.com\n{PEM}", "card": 4111111111111111, "text": "4111111111111111, a", "at": address}
    )
    redactor = Redactor()
    told = sent(arguments, redactor)
    assert json.loads(told)["card"] == "[CARD_1]"
    assert json.loads(told)["text"] == "[CARD_1], a"
    assert json.loads(told)["note"] == "\n[EMAIL_1]\n[PRIVATE_KEY_1]"
    assert redactor.values["[PRIVATE_KEY_1]"] == PEM
    assert redactor.values["[ADDRESS_1]"] == "Hauptstraße 5"
    restored = json.loads(restore(told, redactor.values, in_json))
    assert restored == json.loads(arguments) | {"card": "4111111111111111"}


PEM = '-----BEGIN RSA PRIVATE KEY-----\nMII"E\\pAé\n-----END RSA PRIVATE KEY-----'

FUNCTION: Any = {
    "name": "send",
    "description": f"Mails {VALUE}",
    "parameters": {"type": "object", "properties": {"to": {"enum": [VALUE], "default": VALUE}, VALUE: {}}},
}
CALL: Any = {"id": "c", "type": "function", "function": {"name": "send", "arguments": f'{{"to": "{VALUE}"}}'}}
SPOKEN: list[Any] = [
    {"role": "system", "content": VALUE},
    {"role": "user", "name": VALUE, "content": [{"type": "text", "text": VALUE}]},
    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": f"https://x.org/?u={VALUE}"}}]},
    {"role": "user", "content": [{"type": "file", "file": {"filename": VALUE, "file_data": "YQ=="}}]},
    {"role": "assistant", "refusal": VALUE, "function_call": {"name": "f", "arguments": VALUE}},
    {"role": "assistant", "content": VALUE, "reasoning_content": VALUE},
    {"role": "assistant", "tool_calls": [CALL, {"id": "d", "type": "custom", "custom": {"name": "f", "input": VALUE}}]},
    {"role": "tool", "tool_call_id": "c", "name": "send", "content": VALUE},
]  # fmt: skip


def test_no_text_of_a_request_is_passed_over() -> None:
    """Whatever holds it: tools, schemas, names, addresses, and fields that nobody knows yet."""
    body: dict[str, Any] = {
        "model": "sim-fast",
        "messages": SPOKEN,
        "tools": [{"type": "function", "function": FUNCTION}],
        "functions": [FUNCTION],
        "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"const": VALUE}}},
        "stop": [VALUE],
        "metadata": {"who": VALUE},
        "prediction": {"type": "content", "content": VALUE},
        "safety_identifier": VALUE,
        "brand_new": {"deep": [VALUE, 5, None]},
    }
    hidden = [text.replace(VALUE, "[EMAIL_1]") for text in texts_of(body)]
    told = with_texts(body, hidden)
    assert VALUE not in json.dumps(told)
    assert json.loads(json.dumps(told).replace("[EMAIL_1]", VALUE)) == body


def test_what_the_protocol_gives_a_meaning_is_no_text() -> None:
    """A placeholder in a function's name, an id or a picture would break the request."""
    body: dict[str, Any] = {
        "model": "Ada Lovelace",
        "tool_choice": {"type": "function", "function": {"name": "Ada"}},
        "messages": [
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]},
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "c", "name": "Ada", "content": "ok"},
        ],
        "tools": [{"type": "function", "function": {"name": "Ada"}}],
    }
    assert texts_of(body) == [CALL["function"]["arguments"], "ok"]
