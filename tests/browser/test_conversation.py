"""A conversation: asked, streamed, stopped, asked again, edited, named, found and taken away."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor, counted


def test_several_turns_and_a_title(ada: Visitor) -> None:
    """Each answer is read whole, and the conversation stands in the list under a title."""
    ada.says("Tell me about tables.", text="Tables have legs.")
    assert ada.hears_all() == "Tables have legs."
    ada.says("And chairs?", text="Chairs too.")
    expect(ada.answers()).to_have_count(2)
    assert ada.hears_all() == "Chairs too."
    expect(ada.listed()).to_have_count(1)
    expect(ada.page.get_by_role("heading", level=1)).not_to_have_text("")


def test_a_stopped_answer_keeps_what_was_said(ada: Visitor) -> None:
    """Esc stops it; the words stay, here and after a reload, and the next question can be asked."""
    ada.says("Count.", text=counted(400), gap=40)
    expect(ada.answers().last).to_contain_text("w5 ")
    ada.page.keyboard.press("Escape")
    said = ada.hears_all()
    assert said.startswith("w1 w2 w3")
    assert "w400" not in said
    expect(ada.answers().last).to_contain_text("Stopped here.")
    ada.page.reload()
    expect(ada.answers().last).to_contain_text("Stopped here.")
    assert ada.hears_all() == said
    ada.says("Go on.", text="Gladly.")
    expect(ada.answers()).to_have_count(2)
    assert ada.hears_all() == "Gladly."


def test_another_answer_is_a_branch(ada: Visitor) -> None:
    """Both answers are there, one step apart, also after a reload."""
    ada.says("Toss a coin.", tokens=6)
    first = ada.hears_all()
    ada.page.get_by_role("button", name="Answer again").click()
    expect(ada.page.get_by_role("group", name="answer 2 of 2")).to_be_visible()
    ada.hears_all()
    ada.page.get_by_role("button", name="Previous answer").click()
    expect(ada.page.get_by_role("group", name="answer 1 of 2")).to_be_visible()
    assert ada.hears_all() == first
    ada.page.reload()
    expect(ada.page.get_by_role("group", name="answer 2 of 2")).to_be_visible()


def test_an_edited_question_keeps_the_old_branch(ada: Visitor) -> None:
    """The new wording has its own answer; the old one comes back with its answer."""
    ada.says("How many?", text="Seven.")
    ada.hears_all()
    ada.questions().first.hover()
    ada.page.get_by_role("button", name="Edit and send again").click()
    ada.page.get_by_label("Edit your message").fill('How few? [[sim: text="Two."]]')
    ada.page.get_by_role("button", name="Send", exact=True).first.click()
    expect(ada.page.get_by_role("group", name="version 2 of 2")).to_be_visible()
    assert ada.hears_all() == "Two."
    ada.page.get_by_role("button", name="Previous version").click()
    expect(ada.questions().first).to_contain_text("How many?")
    assert ada.hears_all() == "Seven."


def test_a_failed_answer_says_so_and_can_be_asked_for_again(ada: Visitor) -> None:
    """The reason stands where the answer would; asking again makes another try."""
    ada.says("Fail, please.", fail=400)
    expect(ada.answers().last.get_by_role("alert")).not_to_be_empty()
    expect(ada.page.get_by_role("button", name="Answer again")).to_be_enabled()


def test_a_refused_question_stays_and_is_sent_again(ada: Visitor) -> None:
    """What could not be sent is shown with the reason; `Send again` sends the same words once."""
    ada.forgiven.append("503")
    problem = '{"status": 503, "code": "unavailable", "detail": "Wait a moment, then send again.", "request_id": "r-1"}'
    ada.page.route(
        "**/api/chat", lambda route: route.fulfill(status=503, content_type="application/problem+json", body=problem)
    )
    ada.says("Are you there?", text="I am.")
    expect(ada.page.get_by_role("alert")).to_contain_text("Wait a moment, then send again.")
    expect(ada.page.get_by_role("button", name="Copy the request id")).to_be_visible()
    ada.page.unroute("**/api/chat")
    ada.page.get_by_role("button", name="Send again", exact=True).click()
    assert ada.hears_all() == "I am."
    expect(ada.questions()).to_have_count(1)


def test_renaming_deleting_and_thinking_better_of_it(ada: Visitor) -> None:
    """A new name stays; what was deleted comes back with Undo; deleted for good it is gone after a reload."""
    ada.says("One.", text="First.")
    ada.hears_all()
    ada.listed().first.hover()
    ada.chooses(re.compile("^Options for"), "Rename")
    ada.page.get_by_label("Title").fill("Of ships and shoes")
    ada.page.keyboard.press("Enter")
    expect(ada.listed().first).to_contain_text("Of ships and shoes")
    ada.listed().first.hover()
    ada.chooses(re.compile("^Options for"), "Delete")
    expect(ada.listed()).to_have_count(0)
    ada.page.get_by_role("button", name="Undo").click()
    expect(ada.listed().first).to_contain_text("Of ships and shoes")
    ada.listed().first.hover()
    ada.chooses(re.compile("^Options for"), "Delete")
    expect(ada.page.get_by_role("status").filter(has_text="Deleted")).to_be_visible()
    ada.page.reload()
    expect(ada.page.get_by_text("What you talk about will be kept here.")).to_be_visible()


def test_a_conversation_is_saved_as_a_text(ada: Visitor) -> None:
    """Who said what on the branch that one reads, under the conversation's title."""
    ada.says("Name a bird.", text="The **heron**.")
    ada.hears_all()
    ada.listed().first.hover()
    ada.chooses(re.compile("^Options for"), "Rename")
    ada.page.get_by_label("Title").fill("Birds, and more")
    ada.page.keyboard.press("Enter")
    ada.listed().first.hover()
    with ada.page.expect_download() as saving:
        ada.chooses(re.compile("^Options for"), "Save as Markdown")
    assert saving.value.suggested_filename == "Birds, and more.md"
    said = saving.value.path().read_text()
    assert said.startswith("# Birds, and more\n\n## You\n\nName a bird.")
    assert said.endswith("## Tertulia\n\nThe **heron**.\n")


def test_the_list_tells_which_conversation_is_being_answered(ada: Visitor) -> None:
    """While the reader is elsewhere: that it is, then that there is a new answer, until it is looked at."""
    ada.says("Count.", text=counted(40), gap=50)
    expect(ada.answers().last).to_contain_text("w3")
    ada.page.get_by_role("link", name="New conversation").click()
    row = ada.listed().first
    expect(row).to_contain_text("is being answered")
    expect(row).to_contain_text("has a new answer")
    row.get_by_role("link").click()
    expect(ada.answers().last).to_contain_text("w40")
    expect(row).not_to_contain_text("has a new answer")


def test_search_finds_what_was_said(ada: Visitor) -> None:
    """Ctrl+K, a word from an answer, Enter: the conversation opens."""
    ada.says("Name a bird.", text="The heron stands in the reeds.")
    ada.hears_all()
    ada.page.goto("/")
    expect(ada.composer()).to_be_visible()
    ada.page.keyboard.press("Control+k")
    ada.page.get_by_role("combobox", name="Search conversations").fill("heron")
    expect(ada.page.get_by_role("option").filter(has_text="heron stands")).to_be_visible()
    ada.page.keyboard.press("Enter")
    expect(ada.answers().last).to_contain_text("The heron stands in the reeds.")


def test_search_leads_to_the_message_that_was_found(visit: Visit) -> None:
    """Far up, and on a branch that was left: it stands in sight, and the view stays there."""
    ada = visit(width=390, height=700).signs_up()
    ada.says("Name a bird.", text="The heron stands in the reeds.")
    ada.hears_all()
    ada.page.get_by_role("button", name="Answer again").click()
    expect(ada.page.get_by_role("group", name="answer 2 of 2")).to_be_visible()
    ada.hears_all()
    for word in ("two", "three"):
        ada.says(f"And {word}?", text=counted(300))
        ada.hears_all()
    ada.questions().first.get_by_role("button", name="Edit and send again").click()
    ada.page.get_by_label("Edit your message").fill("Name a fish.")
    ada.page.get_by_role("button", name="Send", exact=True).first.click()
    expect(ada.questions()).to_have_count(1)
    ada.hears_all()
    ada.page.goto("/")
    expect(ada.composer()).to_be_visible()
    ada.page.keyboard.press("Control+k")
    ada.page.get_by_role("combobox", name="Search conversations").fill("heron")
    expect(ada.page.get_by_role("option").locator("mark").first).to_be_visible()
    ada.page.get_by_role("option").filter(has_text="heron stands").last.click()
    expect(ada.answers().filter(has_text="The heron stands in the reeds.")).to_be_in_viewport()
    expect(ada.page.get_by_role("button", name="To the end")).to_be_visible()


def test_a_draft_survives_a_reload(ada: Visitor) -> None:
    """Half a thought is there again, and gone once it was sent."""
    ada.composer().fill("half a thought")
    ada.page.reload()
    expect(ada.composer()).to_have_value("half a thought")


def test_a_message_that_is_too_long_is_refused_with_its_count(ada: Visitor) -> None:
    """The text stays and the button says no, before anything is sent."""
    ada.composer().fill("a" * 100_007)
    expect(ada.page.get_by_text("7 characters too long")).to_be_visible()
    expect(ada.page.get_by_role("button", name="Send", exact=True)).to_be_disabled()


def test_the_reader_who_goes_up_is_left_in_peace(visit: Visit) -> None:
    """While words come the view follows; once the reader scrolls up it stays there, until they ask for the end."""
    ada = visit(height=500).signs_up()
    ada.says("Long.", text=counted(1500), gap=4)
    expect(ada.answers().last).to_contain_text("w300 ")
    view = ada.page.locator("main .overflow-y-auto").first
    at_end = "box => box.scrollHeight - box.scrollTop - box.clientHeight"
    assert view.evaluate(at_end) < 60
    box = view.bounding_box()
    assert box is not None
    ada.page.mouse.move(box["x"] + 200, box["y"] + 200)
    ada.page.mouse.wheel(0, -250)
    expect(ada.page.get_by_role("button", name="To the end")).to_be_visible()
    where = view.evaluate("box => box.scrollTop")
    ada.hears_all()
    assert abs(view.evaluate("box => box.scrollTop") - where) < 260
    assert view.evaluate(at_end) > 200
    ada.page.get_by_role("button", name="To the end").click()
    expect(ada.page.get_by_role("button", name="To the end")).to_have_count(0)
