"""Everybody can use it: by keyboard alone, on a phone, in the dark, with a screen reader."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.test_answer import FURNITURE
from tests.browser.visitor import Visitor, counted

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = "axe.run({resultTypes: ['violations']}).then(found => found.violations)"


def faults(page: Page) -> list[str]:
    """What axe-core finds on the page as it is, one line a fault; its script comes by the debugger, past the policy."""
    page.evaluate(AXE.read_text())
    violations: list[dict[str, Any]] = page.evaluate(RUN_AXE)
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in violations
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing(visit: Visit, theme: str, width: int) -> None:
    """On every kind of page, in both themes, on a phone and on a desk."""
    ada = visit(width=width, color_scheme=theme, reduced_motion="reduce")
    page = ada.page
    page.goto("/login")
    expect(page.get_by_label("E-mail")).to_be_visible()
    assert faults(page) == []
    ada.signs_up()
    expect(page.get_by_role("button", name="Model:")).to_be_visible()
    assert faults(page) == []
    ada.says("Show me.", text=FURNITURE)
    ada.hears_all()
    expect(page.locator(".katex-display")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Why this answer").click()
    expect(page.get_by_role("heading", name="Steps", exact=True)).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Model and cost").click()
    ada.says("Fail.", fail=400)
    expect(ada.answers().last.get_by_role("alert")).not_to_be_empty()
    assert faults(page) == []
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    for place, title in PLACES.items():
        page.goto(place)
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        expect(page.get_by_text("Loading…")).to_have_count(0)
        assert faults(page) == []


PLACES = {
    "/settings/account": "Where you are signed in",
    "/settings/api-keys": "Keys",
    "/settings/batches": "Files",
    "/settings/members": "Add someone",
    "/settings/providers": "Providers of your own",
    "/settings/assistant": "Answers given again",
    "/settings/privacy": "Personal data",
    "/knowledge": "Knowledge bases",
    "/evaluations": "Sets of questions",
    "/evaluations/new": "Questions",
}


def test_a_conversation_by_keyboard_alone(visit: Visit) -> None:
    """From signing up to a stopped answer, a menu, search and the list of shortcuts, no pointer is needed."""
    ada = visit()
    page, keys = ada.page, ada.page.keyboard
    page.goto("/signup")
    expect(page.get_by_label("Your name")).to_be_focused()
    for value in ("Ada", ada.email, "seven lanterns over the quay"):
        keys.type(value)
        keys.press("Tab")
    keys.press("Tab")
    expect(page.get_by_role("button", name="Make an account")).to_be_focused()
    keys.press("Enter")
    expect(ada.composer()).to_be_focused()
    keys.type(f'Count. [[sim: gap=40 text="{counted(300)}"]]')
    keys.press("Enter")
    expect(ada.answers().last).to_contain_text("w5 ")
    keys.press("Escape")
    expect(ada.answers().last).to_contain_text("Stopped here.")
    expect(ada.composer()).to_be_focused()

    keys.press("Tab")
    expect(page.get_by_role("button", name="Add files")).to_be_focused()
    keys.press("Tab")
    expect(page.get_by_role("button", name="Model:")).to_be_focused()
    keys.press("ArrowDown")
    expect(page.get_by_role("menuitemradio").first).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("button", name="Model:")).to_be_focused()

    keys.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    keys.press("/")
    expect(ada.composer()).to_be_focused()
    keys.press("Control+Shift+O")
    expect(page).to_have_url(f"{ada.site}/")
    keys.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    expect(page.get_by_role("option").first).to_be_visible()
    keys.press("Enter")
    expect(ada.answers().last).to_contain_text("w1 w2")


def test_on_a_phone_nothing_runs_over_the_edge(visit: Visit) -> None:
    """The list is a drawer, wide things scroll by themselves, and touch targets are large enough."""
    ada = visit(width=390, height=844, has_touch=True, is_mobile=True).signs_up()
    ada.says("Show me.", text=FURNITURE + "\n\n```\n" + "x" * 400 + "\n```\n\n" + "y" * 400)
    ada.hears_all()
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert ada.page.evaluate(overflow) == 0
    ada.page.get_by_role("button", name="Open the list").click()
    drawer = ada.page.get_by_role("dialog", name="Conversations and account")
    expect(drawer.get_by_role("listitem")).to_have_count(1)
    drawer.get_by_role("link", name="New conversation").click()
    expect(drawer).to_have_count(0)
    for button in ada.page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is None or min(box["height"], box["width"]) >= 24, button


def test_the_theme_follows_the_system_and_the_choice_is_kept(visit: Visit) -> None:
    """Dark from the first paint where the system is dark; a choice outlives the reload."""
    ada = visit(color_scheme="dark").signs_up()
    background = "getComputedStyle(document.body).backgroundColor"
    dark = ada.page.evaluate(background)
    ada.page.goto("/settings/account")
    ada.page.get_by_text("Light", exact=True).click()
    expect(ada.page.locator("html")).to_have_attribute("data-theme", "light")
    ada.page.reload()
    assert ada.page.evaluate(background) != dark


def test_the_page_turns_dark_when_the_system_does(visit: Visit) -> None:
    """Wherever the reader is, before any choice was looked at."""
    ada = visit(color_scheme="light")
    ada.page.goto("/login")
    expect(ada.page.get_by_label("E-mail")).to_be_visible()
    ada.page.emulate_media(color_scheme="dark")
    expect(ada.page.locator("html")).to_have_attribute("data-theme", "dark")


def test_on_a_phone_the_settings_that_are_shown_are_marked_in_sight(visit: Visit) -> None:
    """Their names are more than fit beside one another."""
    ada = visit(width=390, height=844, has_touch=True, is_mobile=True).signs_up()
    ada.page.goto("/settings/privacy")
    expect(ada.page.get_by_role("link", name="Privacy")).to_be_in_viewport(ratio=0.9)


def test_a_screen_reader_hears_the_answer_once(ada: Visitor) -> None:
    """The live region says that an answer comes, and the answer when it is whole; the growing text is not live."""
    ada.page.evaluate(
        """() => {
            window.said = []
            const note = (record) => {
                const region = record.target.parentElement?.closest('[role=status], [aria-live]') ?? record.target
                if (region.textContent) window.said.push(region.textContent)
            }
            new MutationObserver((records) => {
                for (const record of records) {
                    const inside = (record.target.parentElement ?? record.target).closest('[role=status], [aria-live]')
                    if (inside) note(record)
                }
            }).observe(document.body, { subtree: true, childList: true, characterData: true })
        }"""
    )
    ada.says("Count.", text=counted(60), gap=15)
    ada.hears_all()
    expect(ada.page.get_by_role("status").filter(has_text="Answer: w1")).to_be_attached()
    said = ada.page.evaluate("window.said")
    assert sum("w1 w2" in words for words in said) == 1
    assert len(said) < 12
