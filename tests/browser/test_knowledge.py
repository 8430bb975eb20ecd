"""Documents: uploaded, watched while they are read, asked, cited, opened at the passage, and taken away."""

from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import Visit
from tests.browser.test_reach import faults
from tests.browser.visitor import Visitor
from tests.orchestrator.knowledge import files


def gives(ada: Visitor, *documents: tuple[str, bytes]) -> None:
    """A knowledge base that holds these, each read to its end."""
    page = ada.page
    page.goto("/knowledge")
    page.get_by_label("Name").fill("Handbook")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Handbook")
    page.get_by_label("Files").set_input_files(
        [FilePayload(name=name, mimeType="application/octet-stream", buffer=content) for name, content in documents]
    )
    listed = page.get_by_role("list", name="Documents").get_by_role("listitem")
    expect(listed).to_have_count(len(documents))
    for name, _ in documents:
        expect(listed.filter(has_text=name)).to_contain_text("passage", timeout=60_000)


def _looks_into(ada: Visitor, base: str) -> None:
    ada.page.get_by_role("button", name="Ask your documents").click()
    ada.page.get_by_role("menuitemcheckbox", name=base).click()
    expect(ada.page.get_by_role("button", name=f"Documents: {base}")).to_be_visible()


def test_an_answer_is_cited_and_the_citation_opens_the_passage(ada: Visitor) -> None:
    """From a PDF and a Word file to the passage that an answer was given, here and after a reload."""
    gives(
        ada,
        ("house.pdf", files.pdf("The boiler stands in the cellar.", "The spare key hangs behind the zebra painting.")),
        ("leave.docx", files.word(("Leave", "Everybody has thirty-one days of leave."))),
    )
    ada.page.get_by_role("link", name="Ask these documents").click()
    expect(ada.page.get_by_role("button", name="Documents: Handbook")).to_be_visible()
    ada.says("Where does the spare key hang?", text="Behind the zebra painting [1].")
    ada.hears_all()
    answer = ada.answers().last
    expect(answer.get_by_role("list", name="Sources")).to_contain_text("house.pdf, page 2")
    assert faults(ada.page) == []
    for _ in range(2):
        answer.get_by_role("button", name="Passage 1: house.pdf").click()
        panel = ada.page.get_by_role("dialog", name="house.pdf")
        expect(panel.locator("mark")).to_have_text("The spare key hangs behind the zebra painting.")
        expect(panel).to_contain_text("The boiler stands in the cellar.")
        panel.get_by_role("button", name="Close").click()
        ada.page.reload()
    expect(ada.page.get_by_role("button", name="Documents: Handbook")).to_be_visible()


def test_documents_are_watched_while_they_are_read(ada: Visitor) -> None:
    """From waiting to passages each tells where it is, with a bar, and nobody reloads the page."""
    ada.page.add_init_script(
        """addEventListener('DOMContentLoaded', () => {
            window.told = new Set()
            new MutationObserver(() => {
                for (const row of document.querySelectorAll('[aria-label=Documents] li')) {
                    const bar = row.querySelector('progress')
                    const name = row.querySelector('button').textContent
                    if (bar !== null) window.told.add(`${name}: ${row.querySelector('[role=status]').textContent}`)
                }
            }).observe(document.body, { subtree: true, childList: true, characterData: true })
        })"""
    )
    pages = (f"Of room {number} of the house one says: it is warm, and full of old lamps." for number in range(60))
    gives(ada, ("house.pdf", files.pdf(*pages)), ("leave.docx", files.word(("Leave", "Thirty-one days."))))
    told = set(ada.page.evaluate("[...window.told]"))
    assert "house.pdf: Being read…" in told
    assert any(one.startswith("leave.docx: ") for one in told)


def test_passages_that_are_not_cited_are_told_from_those_that_are(ada: Visitor) -> None:
    """An answer that cites none says so once it is whole; nothing on the page is hard to read for that."""
    gives(ada, ("house.pdf", files.pdf("The spare key hangs behind the zebra painting.")))
    ada.page.get_by_role("link", name="Ask these documents").click()
    ada.says("Where does the spare key hang?", text="Under 14 red bricks in Lisbon.")
    ada.hears_all()
    expect(ada.answers().last).to_contain_text("cites none of the passages")
    expect(ada.answers().last.get_by_role("list", name="Sources")).to_contain_text("house.pdf")
    assert faults(ada.page) == []


def test_what_bears_out_an_answer_without_citations_is_found(ada: Visitor) -> None:
    """Behind a sentence stands the passage that says it, as found by us; it opens there, here and after a reload."""
    gives(ada, ("house.pdf", files.pdf("The spare key hangs behind the zebra painting.")))
    ada.page.get_by_role("link", name="Ask these documents").click()
    ada.says(
        "Where does the spare key hang?", text="The spare key hangs behind the zebra painting. It is made of 14 rubies."
    )
    ada.hears_all()
    answer = ada.answers().last
    for _ in range(2):
        expect(answer).to_contain_text("The model cited nothing.")
        expect(answer.get_by_role("paragraph").first).to_have_text(
            "The spare key hangs behind the zebra painting.1 It is made of 14 rubies."
        )
        assert faults(ada.page) == []
        answer.get_by_role("button", name="Found in passage 1: house.pdf").click()
        panel = ada.page.get_by_role("dialog", name="house.pdf")
        expect(panel.locator("mark")).to_have_text("The spare key hangs behind the zebra painting.")
        expect(panel).to_contain_text("the model did not cite it: “The spare key hangs behind the zebra painting.”")
        panel.get_by_role("button", name="Close").click()
        ada.page.reload()


def test_what_the_documents_do_not_say_is_told(ada: Visitor) -> None:
    """An answer without a source says so; the same question without documents is answered."""
    gives(ada, ("house.pdf", files.pdf("The spare key hangs behind the zebra painting.")))
    ada.page.goto("/")
    _looks_into(ada, "Handbook")
    ada.says("How did the shares of steel mills in Brazil do?")
    assert ada.hears_all().startswith("The documents do not tell.")
    expect(ada.answers().last.get_by_role("list", name="Sources")).to_have_count(0)
    ada.page.get_by_role("button", name="Documents: Handbook").click()
    ada.page.get_by_role("menuitemcheckbox", name="Handbook").click()
    expect(ada.page.get_by_role("button", name="Ask your documents")).to_be_visible()
    ada.says("And of those in Peru?", text="They rose.")
    expect(ada.answers()).to_have_count(2)
    assert ada.hears_all() == "They rose."


def test_several_bases_are_chosen_in_one_go(ada: Visitor) -> None:
    """Also two of one name: the menu stays until one has done, by Escape here."""
    page = ada.page
    for _ in range(2):
        page.goto("/knowledge")
        page.get_by_label("Name").fill("Handbook")
        page.get_by_role("button", name="Make it").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Handbook")
    page.goto("/")
    page.get_by_role("button", name="Ask your documents").click()
    choices = page.get_by_role("menuitemcheckbox", name="Handbook")
    choices.first.click()
    choices.last.click()
    expect(page.get_by_role("menuitemcheckbox", checked=True)).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(page.get_by_role("button", name="Documents: 2 knowledge bases")).to_be_focused()


def test_what_cannot_be_read_says_why_and_can_be_taken_away(ada: Visitor) -> None:
    """The reason stands in the document's row; trying a search tells what an answer would be given."""
    gives(ada, ("cats.txt", b"Cats sleep in the linen cupboard."))
    page = ada.page
    page.get_by_label("Files").set_input_files(
        [FilePayload(name="broken.pdf", mimeType="application/pdf", buffer=b"%PDF-1.4 broken")]
    )
    listed = page.get_by_role("list", name="Documents").get_by_role("listitem")
    expect(listed.filter(has_text="broken.pdf")).to_contain_text("is damaged", timeout=60_000)
    listed.filter(has_text="broken.pdf").get_by_role("button", name="Delete broken.pdf").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    expect(listed).to_have_count(2)
    page.get_by_role("button", name="Delete broken.pdf").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(listed).to_have_count(1)
    page.get_by_label("Question").fill("where do the cats sleep?")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("list", name="Found passages")).to_contain_text("linen cupboard")
    page.get_by_role("list", name="Found passages").get_by_role("button").first.click()
    expect(page.get_by_role("dialog", name="cats.txt").locator("mark")).to_contain_text("linen cupboard")
    page.keyboard.press("Escape")
    page.get_by_label("Question").fill("quarterly revenue of the shipping division")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("The documents do not tell.")).to_be_visible()


def test_long_names_stay_within_a_small_screen(visit: Visit) -> None:
    """A document's and a knowledge base's: in the panel of a passage and where a set of questions chooses its bases."""
    ada = visit(width=320, height=640).signs_up()
    page, name = ada.page, "Minutes_of_the_yearly_meeting_of_the_friends_of_the_harbour.txt"
    gives(ada, (name, b"The spare key hangs behind the zebra painting."))
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("Title").fill("Papers_of_" + "all_the_" * 8 + "years")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Ask these documents").click()
    ada.says("Where does the spare key hang?", text="Behind the zebra painting [1].")
    ada.hears_all()
    page.get_by_role("button", name=f"Passage 1: {name}").click()
    panel = page.get_by_role("dialog", name=name)
    expect(panel.locator("mark")).to_be_in_viewport(ratio=1)
    assert panel.evaluate("dialog => dialog.scrollWidth - dialog.clientWidth") == 0
    page.goto("/evaluations/new")
    base = page.get_by_text("Papers_of_")
    expect(base).to_be_visible()
    assert base.evaluate("name => name.getBoundingClientRect().right < innerWidth")
