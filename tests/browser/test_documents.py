"""A knowledge base's page: who sees and changes it, in which workspace, and how much it holds."""

from pathlib import Path

from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import Visit
from tests.browser.test_knowledge import gives
from tests.browser.test_reach import faults
from tests.browser.visitor import Visitor

CATS = ("cats.txt", b"Cats sleep in the linen cupboard.")
MORE_THAN_A_PAGE = 101


def test_a_document_of_a_second_workspace_is_saved(ada: Visitor) -> None:
    """Whichever workspace one is in: a plain link would ask the first one for it."""
    page = ada.page
    page.get_by_role("button", name="Workspace:").click()
    page.get_by_role("menuitem", name="New workspace…").click()
    page.get_by_label("Name").fill("Second table")
    page.get_by_role("button", name="Make the workspace").click()
    expect(page.get_by_role("button", name="Workspace: Second table")).to_be_visible()
    gives(ada, CATS)
    with page.expect_download() as saving:
        page.get_by_role("button", name="Download cats.txt").click()
    assert saving.value.suggested_filename == "cats.txt"
    assert Path(saving.value.path()).read_bytes() == CATS[1]


def test_a_base_is_shared_and_kept_to_oneself_again(visit: Visit) -> None:
    """By who made it; a colleague finds it while it is shared, and is told so when it is not."""
    ada, bea = visit().signs_up("Ada Byron"), visit().signs_up("Bea Potter")
    gives(ada, CATS)
    place = ada.page.url
    ada.page.get_by_role("button", name="Keep it to myself").click()
    expect(ada.page.get_by_text("Only you see it.")).to_be_visible()
    ada.adds(bea, "member")
    bea.forgiven.append("status of 404")
    bea.page.goto(place)
    expect(bea.page.get_by_role("heading", level=1)).to_have_text("This knowledge base is not here")
    assert faults(bea.page) == []
    ada.page.goto(place)
    ada.page.get_by_role("button", name="Share with the workspace").click()
    expect(ada.page.get_by_text("The whole workspace sees it.")).to_be_visible()
    bea.page.reload()
    expect(bea.page.get_by_role("heading", level=1)).to_have_text("Handbook")
    expect(bea.page.get_by_role("button", name="Rename")).to_be_visible()
    expect(bea.page.get_by_role("button", name="Keep it to myself")).to_have_count(0)


def test_a_viewer_reads_and_is_offered_nothing_else(visit: Visit) -> None:
    """No form, no button and no place to type that would be refused; a search still finds."""
    ada, bea = visit().signs_up("Ada Byron"), visit().signs_up("Bea Potter")
    gives(ada, CATS)
    place = ada.page.url
    ada.adds(bea, "viewer")
    page = bea.page
    expect(page.get_by_text("As a viewer of Ada Byron")).to_be_visible()
    expect(bea.composer()).to_have_count(0)
    page.goto("/knowledge")
    expect(page.get_by_role("link", name="Handbook")).to_be_visible()
    expect(page.get_by_role("button", name="Make it")).to_have_count(0)
    page.goto(place)
    expect(page.get_by_role("button", name="Download cats.txt")).to_be_visible()
    for offered in ("Rename", "Delete", "Choose files", "Delete cats.txt"):
        expect(page.get_by_role("button", name=offered, exact=True)).to_have_count(0)
    page.get_by_label("Question").fill("where do the cats sleep?")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("list", name="Found passages")).to_contain_text("linen cupboard")


def test_all_documents_can_be_reached(ada: Visitor) -> None:
    """A hundred and what is just being read at once, the older ones behind a button."""
    gives(ada, CATS)
    page = ada.page
    base = page.url.rsplit("/", 1)[1]
    for number in range(MORE_THAN_A_PAGE):
        file = FilePayload(name=f"{number}.txt", mimeType="text/plain", buffer=f"Page {number}.".encode())
        sent = page.request.post(f"/api/knowledge-bases/{base}/documents", multipart={"file": file})
        assert sent.ok
    page.reload()
    listed = page.get_by_role("list", name="Documents").get_by_role("listitem")
    page.get_by_role("button", name="Show more").click()
    expect(listed).to_have_count(MORE_THAN_A_PAGE + 1)
    expect(listed.last).to_contain_text("cats.txt")
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def test_what_is_written_from_the_right_stands_at_the_right(ada: Visitor) -> None:
    """Question, paragraph, list and table of an Arabic answer; code and the English after it at the left."""
    text = "المفتاح معلق.\n\n- أولا\n- ثانيا\n\n| أ | ب |\n|---|---|\n| ج | د |\n\n```\nx = 1\n```\n\nSo much for it."
    ada.says("أين المفتاح؟", text=text)
    ada.hears_all()
    answer = ada.answers().last
    english = answer.get_by_text("So much for it.")
    expect(english).to_have_css("direction", "ltr")
    for piece in (
        answer.locator("p").first,
        answer.locator("li").first,
        answer.locator("table"),
        answer.locator("td").first,
    ):
        expect(piece).to_have_css("direction", "rtl")
    expect(answer.locator("pre")).to_have_css("direction", "ltr")
    expect(ada.questions().last.get_by_text("أين المفتاح")).to_have_css("direction", "rtl")
