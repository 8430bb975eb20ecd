"""An answer outlives the page, the tab and the line: it is shown whole, and once."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor, counted
from tests.stack import Stack

WORDS = 250
WHOLE = counted(WORDS)


def test_a_reload_in_mid_answer_loses_nothing(ada: Visitor) -> None:
    """After the reload the whole answer is there, from its first word, and goes on to its end."""
    ada.says("Count.", text=WHOLE, gap=25)
    expect(ada.answers().last).to_contain_text("w20 ")
    ada.page.reload()
    expect(ada.answers().last).to_contain_text("w1 w2 w3")
    assert ada.hears_all() == WHOLE


def test_a_second_tab_shows_the_same_answer(ada: Visitor) -> None:
    """Opened in the middle it begins at the start; both tabs end with the same text, and hear of the next question."""
    ada.says("Count.", text=WHOLE, gap=25)
    expect(ada.answers().last).to_contain_text("w20 ")
    second = ada.opens_a_tab()
    second.goto(ada.page.url)
    expect(ada.answers(second).last).to_contain_text("w1 w2 w3")
    assert ada.hears_all(second) == WHOLE
    assert ada.hears_all() == WHOLE
    ada.says("More?", text="No more.")
    expect(ada.answers(second)).to_have_count(2)
    assert ada.hears_all(second) == "No more."


def test_a_cut_line_is_taken_up_where_it_broke(ada: Visitor) -> None:
    """The page says that it is offline, asks for what follows the last event, and repeats nothing."""
    ada.forgiven += ["ERR_INTERNET_DISCONNECTED", "ERR_NETWORK"]
    asked: list[str | None] = []
    ada.page.on(
        "request",
        lambda r: (
            asked.append(r.headers.get("last-event-id")) if r.url.endswith("stream") or "/stream?" in r.url else None
        ),
    )
    ada.says("Count.", text=WHOLE, gap=25)
    expect(ada.answers().last).to_contain_text("w20 ")
    ada.context.set_offline(True)
    expect(ada.page.get_by_text("You are offline.")).to_be_visible()
    ada.context.set_offline(False)
    assert ada.hears_all() == WHOLE
    expect(ada.page.get_by_text("You are offline.")).to_have_count(0)


def test_an_answer_goes_on_while_its_reader_is_elsewhere(ada: Visitor) -> None:
    """Another conversation in between does not disturb it."""
    ada.says("Count.", text=WHOLE, gap=25)
    expect(ada.answers().last).to_contain_text("w20 ")
    ada.page.get_by_role("link", name="New conversation").click()
    ada.says("Meanwhile?", text="Meanwhile.")
    assert ada.hears_all() == "Meanwhile."
    ada.listed().filter(has_text="Count").get_by_role("link").click()
    assert ada.hears_all() == WHOLE


@pytest.mark.parametrize("part", ["chat", "orchestrator", "envoy"])
def test_an_answer_survives_a_killed_part(whole: Stack, visit: Visit, part: str) -> None:
    """Kill -9 in mid-answer: the page reconnects by itself, and the reader sees no gap and no repeat."""
    ada = visit().signs_up()
    ada.forgiven += ["ERR_", "status of 50"]
    ada.says("Count.", text=WHOLE, gap=40)
    expect(ada.answers().last).to_contain_text("w20 ")
    whole.kill(part)
    expect(ada.answers().last).to_contain_text(f"w{WORDS}", timeout=60_000)
    assert ada.hears_all() == WHOLE
