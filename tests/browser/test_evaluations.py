"""A workspace evaluates its own documents: questions are imported, run, read, changed, and run again."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.test_knowledge import gives
from tests.browser.test_reach import faults
from tests.browser.visitor import Visitor
from tests.orchestrator.knowledge import files

QUESTIONS = """question,documents,facts
Where does the spare key hang?,house.pdf,zebra painting
Where do the cats sleep?,dogs.txt,
How did the shares of steel mills in Brazil do?,,
"""


def _prepares(ada: Visitor) -> None:
    """A set of three questions, one of them with a document that does not exist."""
    gives(
        ada,
        ("house.pdf", files.pdf("The boiler stands in the cellar.", "The spare key hangs behind the zebra painting.")),
        ("cats.txt", b"Cats sleep in the linen cupboard."),
    )
    page = ada.page
    page.goto("/knowledge")
    page.get_by_role("link", name="How well do they answer?").click()
    expect(page.get_by_text("There are none yet.")).to_be_visible()
    page.get_by_role("link", name="New set").click()
    page.get_by_label("Name").fill("Keys and cats")
    page.get_by_role("checkbox", name="Handbook").check()
    page.get_by_role("button", name="Import…").click()
    page.get_by_label("Questions to import").fill(QUESTIONS)
    expect(page.get_by_text("3 questions, 1 for which nothing should be found")).to_be_visible()
    page.get_by_role("button", name="Take them").click()
    row = page.get_by_role("list", name="Questions").get_by_role("listitem").filter(has_text="dogs.txt")
    expect(row.first).to_contain_text("not in these knowledge bases")


def _runs(ada: Visitor) -> Locator:
    """The figures of a run that has ended."""
    ada.page.get_by_role("button", name="Run it").click()
    expect(ada.page.get_by_role("list", name="Figures")).to_be_visible(timeout=60_000)
    return ada.page.get_by_role("list", name="Figures").get_by_role("listitem")


def test_what_is_found_is_judged_read_and_compared(ada: Visitor) -> None:
    """From pasted questions to figures, the passages behind a wrong one, and the runs after a change."""
    _prepares(ada)
    page = ada.page
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Keys and cats")
    figures = _runs(ada)
    expect(page.get_by_text("2 of 3 questions right.")).to_be_visible()
    expect(figures.filter(has_text="Right document first")).to_contain_text("50 %")
    page.get_by_label("Only those judged wrong (1)").check()
    judged = page.get_by_role("list", name="Judged questions")
    judged.get_by_text("Where do the cats sleep?").click()
    expect(judged.get_by_role("list", name="Passages found for: Where do the cats")).to_contain_text("linen cupboard")
    assert faults(page) == []

    page.get_by_role("link", name="Keys and cats").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_role("button", name="Take away dogs.txt").click()
    page.get_by_label("A document that answers question 2").fill("cats.txt")
    page.get_by_role("button", name="Save", exact=True).click()
    figures = _runs(ada)
    expect(page.get_by_text("3 of 3 questions right.")).to_be_visible()
    expect(page.get_by_text("The set was changed in between")).to_be_visible()
    expect(figures.filter(has_text="Right document first")).to_contain_text("before 50 %")
    expect(figures.filter(has_text=", better")).to_have_count(0)

    page.get_by_role("link", name="Keys and cats").click()
    expect(page.get_by_role("list", name="Runs").get_by_role("listitem")).to_have_count(2)
    expect(_runs(ada).filter(has_text="as before")).to_have_count(7)

    page.get_by_role("link", name="Keys and cats").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("There are none yet.")).to_be_visible()


def test_answers_are_priced_judged_and_read(ada: Visitor) -> None:
    """The model that answers is chosen with what it costs; each answer stands with what no passage bears out."""
    _prepares(ada)
    page = ada.page
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Run with answers…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Answered by").select_option("sim-fast")
    expect(dialog.get_by_role("status")).to_have_text(re.compile("^3 questions"))
    dialog.get_by_role("button", name="Run it").click()
    figures = page.get_by_role("list", name="Figures").get_by_role("listitem")
    expect(figures.filter(has_text="Borne out")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Answered by sim-fast")).to_be_visible()
    judged = page.get_by_role("list", name="Judged questions")
    judged.get_by_text("Where does the spare key hang?").click()
    expect(judged.get_by_role("region", name="The answer")).to_contain_text("Not borne out")
    assert faults(page) == []


def test_of_two_who_edit_a_set_the_second_chooses(ada: Visitor) -> None:
    """What somebody else has kept meanwhile is not written over unasked; both ways on lead where they say."""
    ada.forgiven.append("status of 409")
    _prepares(ada)
    page = ada.page
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Name")).to_have_value("Keys and cats")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("Name").fill("Theirs")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Theirs")
    page.get_by_label("Name").fill("Mine")
    page.get_by_role("button", name="Save", exact=True).click()
    overtaken = page.get_by_role("dialog", name="Somebody else has changed this set")
    overtaken.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Name")).to_have_value("Mine")
    page.get_by_role("button", name="Save", exact=True).click()
    overtaken.get_by_role("button", name="Take theirs").click()
    expect(page.get_by_label("Name")).to_have_value("Theirs")
    expect(overtaken).to_have_count(0)
    other.get_by_role("link", name="Edit").click()
    other.get_by_label("Name").fill("Theirs again")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Theirs again")
    page.get_by_label("Name").fill("Mine after all")
    page.get_by_role("button", name="Save", exact=True).click()
    overtaken.get_by_role("button", name="Keep mine instead").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mine after all")


def test_what_was_not_kept_is_not_lost_by_a_slip(ada: Visitor) -> None:
    """Leaving asks first; a set that lacks something says what."""
    page = ada.page
    page.goto("/evaluations/new")
    page.get_by_label("A document that answers question 1").fill("a.pdf")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("Give the set a name.")
    expect(page.get_by_text("It has no question.")).to_be_visible()
    page.get_by_role("link", name="Evaluations").click()
    page.get_by_role("dialog").get_by_role("button", name="Stay").click()
    expect(page.get_by_label("A document that answers question 1")).to_have_value("a.pdf")
    page.get_by_role("link", name="Evaluations").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="Sets of questions")).to_be_visible()


def test_who_may_not_manage_the_workspace_is_told_whom_to_ask(visit: Visit) -> None:
    """A viewer finds no link to evaluations, and at their address no call that would be refused."""
    ada, bea = visit().signs_up("Ada Byron"), visit().signs_up("Bea Potter")
    ada.page.goto("/settings/members")
    ada.page.get_by_label("E-mail").fill(bea.email)
    ada.page.get_by_label("Role", exact=True).select_option("viewer")
    ada.page.get_by_role("button", name="Add", exact=True).click()
    expect(ada.page.get_by_role("list", name="Members").get_by_role("listitem")).to_have_count(2)
    bea.page.reload()
    bea.page.get_by_role("button", name=re.compile("^Workspace:")).click()
    bea.page.get_by_role("menuitemradio").filter(has_text="viewer").click()
    bea.page.goto("/knowledge")
    expect(bea.page.get_by_role("heading", name="Knowledge bases")).to_be_visible()
    expect(bea.page.get_by_role("link", name="How well do they answer?")).to_have_count(0)
    bea.page.goto("/evaluations")
    expect(bea.page.get_by_text("Ask one of them.")).to_be_visible()
