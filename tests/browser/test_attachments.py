"""Files added where one types: read, asked with the question, cited, and taken away again."""

from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import Visit
from tests.browser.test_reach import faults
from tests.browser.visitor import Visitor
from tests.orchestrator.knowledge import files


def adds(ada: Visitor, name: str, content: bytes) -> None:
    payload = FilePayload(name=name, mimeType="application/octet-stream", buffer=content)
    ada.page.get_by_label("Files to ask").set_input_files([payload])


def test_a_file_is_asked_with_the_question_it_was_added_to(ada: Visitor) -> None:
    """In a new conversation and in the middle of one; it stays asked, and stands under Knowledge as one's own."""
    page, attached = ada.page, ada.page.get_by_role("list", name="Files of this question").get_by_role("listitem")
    adds(ada, "house.pdf", files.pdf("The spare key hangs behind the zebra painting."))
    expect(attached).to_contain_text("house.pdf")
    assert faults(page) == []
    ada.says("Where does the spare key hang?", text="Behind the zebra painting [1].")
    ada.hears_all()
    expect(attached).to_have_count(0)
    expect(ada.answers().last.get_by_role("list", name="Sources")).to_contain_text("house.pdf")
    expect(page.get_by_role("button", name="Documents: house.pdf")).to_be_visible()
    adds(ada, "leave.docx", files.word(("Leave", "Everybody has thirty-one days of leave.")))
    ada.says("How many days of leave does everybody have?", text="Thirty-one [1].")
    expect(ada.answers()).to_have_count(2)
    ada.hears_all()
    expect(ada.answers().last.get_by_role("list", name="Sources")).to_contain_text("leave.docx")
    page.goto("/knowledge")
    bases = page.get_by_role("list", name="Knowledge bases").get_by_role("listitem")
    expect(bases).to_have_count(2)
    expect(bases.filter(has_text="house.pdf")).to_contain_text("only you")


def test_what_cannot_be_read_holds_the_question_until_it_is_taken_away(visit: Visit) -> None:
    """It says why, on a phone too; with it goes the knowledge base that it made."""
    ada = visit(width=390, height=844).signs_up()
    page = ada.page
    adds(ada, "broken.pdf", b"%PDF-1.4 broken")
    attached = page.get_by_role("list", name="Files of this question")
    expect(attached.get_by_role("alert")).to_contain_text("is damaged", timeout=60_000)
    assert faults(page) == []
    ada.composer().fill("What is in it?")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    attached.get_by_role("button", name="Take away broken.pdf").click()
    expect(attached).to_have_count(0)
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_enabled()
    expect(page.get_by_role("button", name="Ask your documents")).to_be_visible()
    page.goto("/knowledge")
    expect(page.get_by_text("There are none yet.")).to_be_visible()
