"""Signing up, in and out; and what a stranger is told."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor


def test_a_new_person_is_at_the_table_at_once(ada: Visitor) -> None:
    """After signing up there is nothing between the person and the place to type, which has the focus."""
    expect(ada.page.get_by_role("heading", level=1)).to_contain_text("Ada")
    expect(ada.composer()).to_be_focused()


def test_out_and_in_again(ada: Visitor) -> None:
    """Who signs out sees nothing of theirs, and comes back to where they wanted to go."""
    ada.chooses(re.compile("^Account of"), "Sign out")
    expect(ada.page).to_have_url(re.compile("/login$"))
    ada.forgiven.append("401")
    ada.page.goto("/settings/members")
    expect(ada.page).to_have_url(re.compile("/login"))
    ada.signs_in()
    expect(ada.page).to_have_url(re.compile("/settings/members$"))


def test_a_wrong_password_says_what_to_do(ada: Visitor) -> None:
    """The form stays filled in and says so in words; the right password then works."""
    ada.chooses(re.compile("^Account of"), "Sign out")
    expect(ada.page).to_have_url(re.compile("/login$"))
    ada.forgiven.append("401")
    ada.signs_in("not this one, sorry")
    expect(ada.page.get_by_role("alert")).to_be_visible()
    ada.signs_in()
    expect(ada.composer()).to_be_visible()


def test_signing_in_leads_on_to_the_whole_address(visit: Visit) -> None:
    """With what stands behind its question mark: the knowledge base that a new conversation asks."""
    visitor = visit().signs_up()
    page = visitor.page
    page.goto("/knowledge")
    page.get_by_label("Name").fill("Handbook")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Handbook")
    base = page.url.rsplit("/", 1)[1]
    visitor.chooses(re.compile("^Account of"), "Sign out")
    expect(page).to_have_url(re.compile("/login$"))
    visitor.forgiven.append("401")
    page.goto(f"/?knowledge={base}")
    visitor.signs_in()
    expect(page.get_by_role("button", name="Documents: Handbook")).to_be_visible()


def test_a_link_to_another_site_is_not_followed_after_signing_in(visit: Visit) -> None:
    """`next` leads on within Tertulia only."""
    visitor = visit().signs_up()
    visitor.chooses(re.compile("^Account of"), "Sign out")
    expect(visitor.page).to_have_url(re.compile("/login$"))
    visitor.page.goto("/login?next=//evil.example/")
    visitor.signs_in()
    expect(visitor.composer()).to_be_visible()
    assert visitor.page.url.startswith(visitor.site)


def test_an_address_that_is_not_there_says_so(ada: Visitor) -> None:
    """A conversation of somebody else's, or none, is explained and leads on."""
    ada.forgiven.append("404")
    ada.page.goto("/c/0193fb3e-0000-7000-8000-000000000000")
    expect(ada.page.get_by_role("heading", name="This conversation is not here")).to_be_visible()
    ada.page.get_by_role("link", name="Begin a new conversation").click()
    expect(ada.composer()).to_be_visible()
