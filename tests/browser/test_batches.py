"""Batches and files of the API, as their owner sees them in the settings."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import FilePayload, Locator, expect

from tests.browser.conftest import Visit
from tests.browser.test_reach import faults
from tests.browser.visitor import Visitor, simulated

ENDED_MS = 60_000


def _calls(name: str, *replies: dict[str, Any]) -> FilePayload:
    """A file with a call a reply; the call's id is its number."""
    lines = (
        {
            "custom_id": f"case-{number}",
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"messages": [{"role": "user", "content": f"Hi {simulated(**reply)}"}]},
        }
        for number, reply in enumerate(replies)
    )
    content = "\n".join(json.dumps(line) for line in lines).encode()
    return FilePayload(name=name, mimeType="application/jsonl", buffer=content)


def _starts(ada: Visitor, calls: FilePayload) -> Locator:
    """The row of a batch that was started on the page."""
    ada.page.goto("/settings/batches")
    ada.page.get_by_label("File of calls").set_input_files([calls])
    ada.page.get_by_role("button", name="Start", exact=True).click()
    row = ada.page.get_by_role("list", name="Batches").get_by_role("listitem")
    expect(row).to_have_count(1)
    return row


def _listed(ada: Visitor) -> Locator:
    return ada.page.get_by_role("list", name="Files").get_by_role("listitem")


def test_a_batch_is_started_watched_and_its_answers_saved(ada: Visitor) -> None:
    """From a file of calls to those of its answers and errors, without a program; a file goes after a question."""
    page = ada.page
    page.goto("/settings/batches")
    expect(page.get_by_text("There are none yet. Start one above")).to_be_visible()
    row = _starts(ada, _calls("calls.jsonl", {"text": "Good day."}, {"text": "Good night."}, {"fail": 400}))
    expect(row).to_contain_text("Done · 2 of 3 answered, 1 failed", timeout=ENDED_MS)
    expect(_listed(ada)).to_have_count(3)
    assert faults(page) == []
    with page.expect_download() as saving:
        row.get_by_role("button", name="Download the answers of").click()
    assert saving.value.suggested_filename.endswith("_output.jsonl")
    answers = [json.loads(line) for line in Path(saving.value.path()).read_text().splitlines()]
    assert [answer["custom_id"] for answer in answers] == ["case-0", "case-1"]
    with page.expect_download() as saving:
        row.get_by_role("button", name="Download the errors of").click()
    assert "case-2" in Path(saving.value.path()).read_text()
    page.get_by_role("button", name="Delete calls.jsonl").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    expect(_listed(ada)).to_have_count(3)
    page.get_by_role("button", name="Delete calls.jsonl").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(_listed(ada)).to_have_count(2)
    ada.forgiven.append("status of 404")
    row.get_by_role("button", name="Download the calls of").click()
    expect(page.get_by_text("There is no file")).to_be_visible()


def test_a_running_batch_is_cancelled(ada: Visitor) -> None:
    """Its bar and its button stand there while it runs; after the question it ends, and both are gone."""
    row = _starts(ada, _calls("slow.jsonl", *[{"text": "a " * 50, "gap": 100}] * 80))
    expect(row.get_by_role("progressbar")).to_be_visible()
    row.get_by_role("button", name="Cancel batch_").click()
    ada.page.get_by_role("dialog").get_by_role("button", name="Cancel the batch").click()
    expect(row).to_contain_text("Cancelled", timeout=ENDED_MS)
    expect(row.get_by_role("progressbar")).to_have_count(0)
    expect(row.get_by_role("button", name="Cancel batch_")).to_have_count(0)


def test_a_file_that_is_none_says_what_is_wrong(ada: Visitor) -> None:
    """An empty one is refused at once, one whose lines are no calls by its batch."""
    page = ada.page
    ada.forgiven.append("status of 422")
    page.goto("/settings/batches")
    page.get_by_label("File of calls").set_input_files([FilePayload(name="a.jsonl", mimeType="", buffer=b"")])
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("The file is empty")
    calls = _calls("twice.jsonl", {"text": "a"})
    twice = FilePayload(name="twice.jsonl", mimeType="", buffer=calls["buffer"] + b"\n" + calls["buffer"])
    row = _starts(ada, twice)
    expect(row).to_contain_text("Give each line its own", timeout=ENDED_MS)


def test_a_viewer_is_told_that_the_api_is_not_theirs(visit: Visit) -> None:
    """Neither a list that fails nor a form that is refused."""
    ada, bea = visit().signs_up("Ada Byron"), visit().signs_up("Bea Potter")
    ada.adds(bea, "viewer")
    bea.page.goto("/settings/batches")
    expect(bea.page.get_by_text("do not use its API")).to_be_visible()
