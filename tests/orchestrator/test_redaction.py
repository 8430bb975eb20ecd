"""Personal data becomes placeholders before a provider is called, and comes back in its answer."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tertulia.orchestrator.redaction import Restorer, restore
from tertulia.orchestrator.redaction.patterns import find
from tertulia.orchestrator.redaction.redactor import Redactor, typed

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq\n-----END RSA PRIVATE KEY-----"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
VALUES = {
    "EMAIL": ["ana.lópez+news@correo.example.com", "j_doe@sub.example.co.uk", "x@example.org"],
    "CARD": ["4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "2223003122003222", "6759649826438453"],
    "IBAN": ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "FR1420041010050500013M02606"],
    "PHONE": [
        "+1 (415) 555-2671",
        "+44 20 7946 0958",
        "415-555-2671",
        "(415) 555-2671 x716",
        "415.555.2671 ext. 33",
        "06 12 34 56 78",
        "030/1234567",
        "(11) 91234-5678",
        "612 34 56 78",
        "98765 43210",
    ],
    "WALLET": [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        "0xde709f2102306220921060314715629080e2fb77",
    ],
    "NATIONAL_ID": [
        "AB 12 34 56 C",
        "12345678Z",
        "X1234567L",
        "1 85 05 78 006 084 91",
        "RSSMRA85T10A562S",
        "86095742719",
        "47 036 892 816",
        "529.982.247-25",
        "2341 2341 2346",
        "811228-9874",
    ],
    "ADDRESS": [
        "221B Baker Street, London NW1 6XE",
        "4 Mill Hill, Apt 3",
        "Calle Mayor 12, 28013 Madrid",
        "Hauptstraße 5, 10115 Berlin",
        "12 rue de la Paix, 75002 Paris",
        "PO Box 123, Springfield, IL 62701",
    ],
    "MAC": ["00:1A:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E", "001a.2b3c.4d5e"],
    "SSN": ["123-45-6789", "078-05-1120"],
    "IP": ["192.168.17.42", "8.8.8.8", "2001:db8:85a3::8a2e:370:7334"],
    "SECRET": [
        "sk-proj-abcdEFGH1234ijklMNOP5678",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "AKIAIOSFODNN7EXAMPLE",
        "tt_live_abcdefghijklmnopqrstuvwx0123",
        "xoxb-123456789012-abcdefABCDEF",
    ],
    "TOKEN": [JWT],
    "PRIVATE_KEY": [PEM],
}


def redacted(redactor: Redactor, *texts: str) -> list[str]:
    """A window's texts, as a model would get them."""
    for text in texts:
        redactor.reserve(typed(text))
    return [redactor.redact(text, find(text)) for text in texts]


ALL = [(kind, value) for kind, values in VALUES.items() for value in values]


@pytest.mark.parametrize(("kind", "value"), ALL)
def test_each_kind_is_found_whole(kind: str, value: str) -> None:
    """A value in a sentence is found from its first character to its last, as its kind."""
    text = f"Please note: {value}, and keep it."
    found = [(one.kind, text[one.start : one.end]) for one in find(text)]
    assert found == [(kind, value)]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("BIRTH_DATE", "He was born on 12 March 1987.", "12 March 1987"),
        ("BIRTH_DATE", "DOB: 03/04/1990", "03/04/1990"),
        ("PASSPORT", "Her passport number is X1234567.", "X1234567"),
        ("PHONE", "Call me at 5551234567, please.", "5551234567"),
        ("PERSON", "My name is Ada de la Cruz and I am here.", "Ada de la Cruz"),
        ("PERSON", "Ask Dr. O'Neil about it.", "O'Neil"),
        ("SECRET", "password = hunter22", "hunter22"),
    ],
)
def test_what_has_no_form_is_known_by_the_words_before_it(kind: str, text: str, value: str) -> None:
    """The same value elsewhere is not personal data."""
    assert [(one.kind, text[one.start : one.end]) for one in find(text)] == [(kind, value)]
    assert find(f"See {value}, and so on.") == []


@pytest.mark.parametrize(
    "text",
    [
        "Order 1234 5678 9012 3456 was sent on 2024-05-06 at 10:30:15.",
        "Version 3.11.7 of 2,000 files; see chapter 4.2 and pages 120-134.",
        "DE00 3704 0044 0532 0130 00 is no IBAN and 000-12-3456 is no SSN.",
        "std::vector and a::b are code, 127.0.0.1 is nobody's.",
        "Meet @anna in room 4-12, call it a day.",
        "UUID 0198c2f0-1f6a-7b6e-9c7e-2f6f1c1d2e3f, commit 4e1243bd22c66e76c2ba9eddc1f91394e57f9f83",
        "Invoice 2024-00123 over 45 minutes, 1/2/2024.",
        "12345678A is no DNI, 86095742718 no tax number, 2341 2341 2345 no Aadhaar, RSSMRA85T10A562T no codice.",
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb and bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5 are no wallets.",
        "There are 7 Wonders in the World, 5 Key Points, 12 Angry Men, and 3 Main Roads to take; see 11 Home View.",
        "00:00:00:00:00:00 is nobody's, ff:ff:ff:ff:ff:ff everybody's; it takes 10:20:30.",
        "The meeting of 12 March 1987 was long; the birth rate fell; Dear Sir or Madam; passport office.",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    """Numbers that fail their check, dates, versions and code are not touched."""
    assert redacted(Redactor(), text) == [text]


def test_the_same_value_has_the_same_placeholder_in_the_window() -> None:
    """Stable within the window, and counted by kind."""
    redactor = Redactor()
    first, second = redacted(redactor, "I am x@example.org or y@example.org", "Write to x@example.org, 8.8.8.8")
    assert first == "I am [EMAIL_1] or [EMAIL_2]"
    assert second == "Write to [EMAIL_1], [IP_1]"


def test_a_placeholder_that_somebody_typed_survives() -> None:
    """What the user wrote as a placeholder is never taken for one of ours, in the question or in the answer."""
    redactor = Redactor()
    question = "What does [EMAIL_1] mean, and [ email 2 ]? Mine is x@example.org"
    (sent,) = redacted(redactor, question)
    assert sent == "What does [EMAIL_1] mean, and [ email 2 ]? Mine is [EMAIL_3]"
    assert restore(sent, redactor.values) == question


@pytest.mark.parametrize(
    "written",
    [
        "[EMAIL_1]",
        "[email_1]",
        "[Email 1]",
        "[ EMAIL_1 ]",
        "[EMAIL-1]",
        r"[EMAIL\_1]",
        "[EMAIL_01]",
        "**[EMAIL_1]**",
        r"\[EMAIL\_1\]",
        "[**EMAIL_1**]",
        "[`EMAIL_1`]",
        "[_EMAIL_1_]",
        "[*EMAIL*_1]",
        "[EMAIL#1]",
        "[EMAIL\u20131]",
        "[EMAILS_1]",
        "[EMAIL_1s]",
        "[EMAIL_1\u2019s]",
        "[EMAIL\u200b_1]",
        "[EMAIL&#95;1]",
        "\uff3bEMAIL_1\uff3d",
        "\uff3b\uff25\uff2d\uff21\uff29\uff2c\uff3f\uff11\uff3d",
        "\u3010EMAIL_1\u3011",
        "&#91;EMAIL_1&#93;",
        "&#x5B;EMAIL_1&#x5D;",
        "&lbrack;EMAIL_1&rbrack;",
        "\\u005bEMAIL_1\\u005d",
    ],
)
def test_a_placeholder_is_known_however_the_model_writes_it(written: str) -> None:
    """Case, spacing, separators, brackets and escapes are the model's to change, wherever the stream is cut."""
    values = {"[EMAIL_1]": "x@example.org"}
    answer = f"Write to {written}."
    whole = restore(answer, values)
    assert whole.startswith("Write to ")
    assert "x@example.org" in whole
    assert "EMAIL" not in whole
    for cut in range(len(answer)):
        restorer = Restorer(values)
        assert restorer.feed(answer[:cut]) + restorer.feed(answer[cut:]) + restorer.finish() == whole


def test_in_an_address_the_value_is_written_as_an_address_has_it() -> None:
    """What is encoded comes back encoded."""
    link = "https://example.org/?to=%5BEMAIL_1%5D&by=%5bPERSON%5F2%5d"
    values = {"[EMAIL_1]": "x@example.org", "[PERSON_2]": "Ada & Bo"}
    assert restore(link, values) == "https://example.org/?to=x%40example.org&by=Ada%20%26%20Bo"


def test_what_somebody_types_with_other_brackets_keeps_its_meaning_too() -> None:
    """Its number is given to no value."""
    question = "What is \u3010EMAIL_1\u3011, and %5BEMAIL_2%5D? Mine is x@example.org"
    redactor = Redactor()
    (sent,) = redacted(redactor, question)
    assert sent.endswith("Mine is [EMAIL_3]")
    assert restore(sent, redactor.values) == question


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[EMAIL_1](mailto:[EMAIL_1])", "[x@example.org](mailto:x@example.org)"),
        ("[EMAIL_1](mailto:EMAIL_1), and", "[x@example.org](mailto:x@example.org), and"),
        ("[[EMAIL_1]](mailto:[EMAIL_1])", "[x@example.org](mailto:x@example.org)"),
        ("[Write](mailto:EMAIL_1?subject=Hello)", "[Write](mailto:x@example.org?subject=Hello)"),
        ("[EMAIL_1](<mailto:EMAIL_1>)", "[x@example.org](<mailto:x@example.org>)"),
        (r"[EMAIL\_1](mailto:EMAIL\_1)", "[x@example.org](mailto:x@example.org)"),
        ("[**EMAIL_1**](https://example.org/a)", "[x@example.org](https://example.org/a)"),
        ("[PHONE_1](tel:[PHONE_1]).", "[+1 (415) 555-2671](tel:+1%20%28415%29%20555-2671)."),
        ("[EMAIL_1]([EMAIL_1])", "[x@example.org](x@example.org)"),
        ("<[EMAIL_1]>", "<x@example.org>"),
        ("[[EMAIL_1]]", "[x@example.org]"),
        ("[EMAIL_1](the boss)", "x@example.org(the boss)"),
        ("[EMAIL_1](note: mine)", "x@example.org(note: mine)"),
        ("[a](mailto:EMAIL_12) [EMAIL_1]", "[a](mailto:EMAIL_12) x@example.org"),
        ("see [EMAIL_1] (EMAIL_1)", "see x@example.org (EMAIL_1)"),
        ("[EMAIL_9](mailto:EMAIL_9) [1](url)", "[EMAIL_9](mailto:EMAIL_9) [1](url)"),
    ],
)
def test_a_link_stays_one(written: str, expected: str) -> None:
    """Its brackets are not the placeholder's, what it leads to is whole, and so it is wherever the stream is cut."""
    values = {"[EMAIL_1]": "x@example.org", "[PHONE_1]": "+1 (415) 555-2671"}
    assert restore(written, values) == expected
    for size in range(1, len(written)):
        restorer = Restorer(values)
        pieces = [restorer.feed(written[at : at + size]) for at in range(0, len(written), size)]
        assert "".join(pieces) + restorer.finish() == expected
        restorer = Restorer(values)
        assert restorer.feed(written[:size]) + restorer.feed(written[size:]) + restorer.finish() == expected


_words = st.sampled_from(
    [
        "a",
        "note [1]",
        "[link](url)",
        "[[",
        "]",
        "](",
        "](mailto:",
        ")",
        "[EMAIL",
        "[EMAIL_9]",
        "é",
        "🙂",
        "\n",
        "array[i]",
    ]
)
_values = st.sampled_from([value for _, value in ALL])


@given(parts=st.lists(st.one_of(_words, _values), max_size=12), seed=st.integers(0, 2**32))
@settings(max_examples=400, deadline=None)
def test_no_value_leaks_and_every_split_restores_the_same_text(parts: list[str], seed: int) -> None:
    """However the answer is cut, the reader gets the whole text back; what was sent holds no value."""
    question = " ; ".join(parts)
    redactor = Redactor()
    (sent,) = redacted(redactor, question)
    assert not [value for _, value in ALL if value in sent]
    choose = random.Random(seed)
    restorer = Restorer(redactor.values)
    said = ""
    at = 0
    while at < len(sent):
        length = choose.randint(1, 6)
        said += restorer.feed(sent[at : at + length])
        at += length
    assert said + restorer.finish() == question


def test_nothing_is_held_back_without_reason() -> None:
    """Only what may become a placeholder waits, and what waited too long goes on."""
    restorer = Restorer({"[EMAIL_1]": "x@example.org"})
    assert restorer.feed("plain") == "plain"
    assert restorer.feed(" [see") == " "
    assert restorer.feed(" the page, please") == "[see the page, please"
    assert restorer.feed("[EMA") == ""
    assert restorer.finish() == "[EMA"


def test_an_answer_that_is_gone_on_with_says_its_own_words_again() -> None:
    """Values that were put back are taken out, longest first and only whole; a name that the model brought stays."""
    redactor = Redactor()
    redacted(redactor, "I am ann@example.org, not joann@example.org.")
    said = "Dear ann@example.org and joann@example.org, Ada Lovelace of xann@example.org says bob@example.org."
    asked = "Dear [EMAIL_1] and [EMAIL_2], Ada Lovelace of xann@example.org says bob@example.org."
    assert redactor.unrestored(said) == asked
    assert restore(asked, redactor.values) == said
    assert Redactor().unrestored(said) == said


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "1 " * 50_000,
        "@" * 100_000,
        "[" * 100_000,
        "sk-" * 30_000,
        "0." * 50_000,
        "-" * 100_000,
        ":a" * 50_000,
        "1 A" * 30_000,
        "A1 " * 30_000,
        "Dr A " * 20_000,
        "bc1" * 30_000,
        "born " * 20_000,
        "a, 1 " * 20_000,
        "1" * 100_000,
        "A" * 100_000,
        "Calle A " * 12_000,
        "Inc " + "A-" * 50_000,
        "Ltd" + "-Aaa" * 25_000,
        "Patient: A " * 9_000,
        "nhs " + "1 " * 50_000,
        "password " + "=a1" * 33_000,
        "name,dob\n" + "," * 99_000,
        "a,b\n" * 25_000,
    ],
)
def test_no_text_makes_it_slow(text: str) -> None:
    """A message of the greatest size is read in well under a second, whatever it holds."""
    began = time.process_time()
    redacted(Redactor(), text)
    restore(text, {"[EMAIL_1]": "x@example.org"})
    assert time.process_time() - began < 2
