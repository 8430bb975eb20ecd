"""The account, the workspace's keys and its people."""

import re

import httpx2
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor


def test_a_key_is_shown_once_and_works(ada: Visitor) -> None:
    """The new key opens the OpenAI-compatible API; after a reload it is not to be seen again."""
    ada.page.goto("/settings/api-keys")
    ada.page.get_by_label("What is it for?").fill("Notebook")
    ada.page.get_by_role("button", name="Make the key").click()
    shown = ada.page.get_by_role("group", name="The new key")
    key = shown.locator("code").first.inner_text()
    assert key.startswith("tt_live_")
    expect(shown.get_by_role("region")).to_contain_text(f"Bearer {key}")
    shown.get_by_role("button", name="Python").click()
    expect(shown.get_by_role("region")).to_contain_text("from openai import OpenAI")
    models = f"{ada.site}/v1/models"
    assert httpx2.get(models, headers={"authorization": f"Bearer {key}"}).status_code == 200
    ada.page.reload()
    expect(ada.page.get_by_role("list", name="API keys").get_by_role("listitem")).to_contain_text("Notebook")
    expect(ada.page.get_by_text(key)).to_have_count(0)
    ada.page.get_by_role("button", name="Revoke Notebook").click()
    ada.page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(ada.page.get_by_text("There are no keys yet.")).to_be_visible()


def test_another_session_is_listed_and_ended(visit: Visit) -> None:
    """The other browser is signed out as soon as it asks for anything."""
    ada = visit().signs_up()
    other = visit()
    other.email = ada.email
    other.page.goto("/login")
    other.signs_in()
    expect(other.composer()).to_be_visible()
    ada.page.goto("/settings/account")
    sessions = ada.page.get_by_role("list", name="Sessions").get_by_role("listitem")
    expect(sessions).to_have_count(2)
    expect(sessions.filter(has_text="This one")).to_have_count(1)
    ada.page.get_by_role("button", name=re.compile("^End the session")).click()
    expect(sessions).to_have_count(1)
    other.forgiven.append("401")
    other.page.goto("/settings/members")
    expect(other.page).to_have_url(re.compile("/login"))


def test_a_member_is_added_and_sees_the_workspace(visit: Visit) -> None:
    """By e-mail, with a role; the other person finds the workspace in their switcher and may do what the role says."""
    ada, bea = visit().signs_up("Ada Byron"), visit().signs_up("Bea Potter")
    ada.adds(bea, "viewer")
    bea.page.goto("/settings/api-keys")
    expect(bea.page.get_by_text("Owners and admins of")).to_be_visible()


def test_each_tab_stays_in_its_workspace(visit: Visit) -> None:
    """A choice shows at once, and is this tab's alone; a new tab begins there, until one belongs there no more."""
    ada, bea = visit().signs_up("Ada Byron"), visit().signs_up("Bea Potter")
    other = bea.opens_a_tab()
    other.goto("/")
    ada.adds(bea, "member")
    expect(bea.page.get_by_role("button", name="Workspace: Ada Byron")).to_be_visible()
    other.reload()
    expect(other.get_by_role("button", name="Workspace: Bea Potter")).to_be_visible()
    third = bea.opens_a_tab()
    third.goto("/")
    expect(third.get_by_role("button", name="Workspace: Ada Byron")).to_be_visible()
    ada.page.get_by_role("button", name="Remove Bea Potter").click()
    ada.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(ada.page.get_by_role("list", name="Members").get_by_role("listitem")).to_have_count(1)
    bea.forgiven.append("status of 40[34]")
    bea.page.reload()
    expect(bea.page.get_by_role("button", name="Workspace: Bea Potter")).to_be_visible()


def test_who_has_no_account_cannot_be_added(ada: Visitor) -> None:
    """The form says so, and what to do."""
    ada.forgiven.append("status of 4")
    ada.page.goto("/settings/members")
    ada.page.get_by_label("E-mail").fill("nobody@example.com")
    ada.page.get_by_role("button", name="Add", exact=True).click()
    expect(ada.page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")


def test_a_workspace_of_ones_own(ada: Visitor) -> None:
    """A new workspace is empty; the old one has its conversations still."""
    ada.says("Remember me.", text="I will.")
    ada.hears_all()
    ada.page.get_by_role("button", name=re.compile("^Workspace:")).click()
    ada.page.get_by_role("menuitem", name="New workspace…").click()
    ada.page.get_by_label("Name").fill("Second table")
    ada.page.get_by_role("button", name="Make the workspace").click()
    expect(ada.page.get_by_role("button", name="Workspace: Second table")).to_be_visible()
    expect(ada.page.get_by_text("What you talk about will be kept here.")).to_be_visible()
    ada.page.get_by_role("button", name=re.compile("^Workspace:")).click()
    ada.page.get_by_role("menuitemradio").first.click()
    expect(ada.listed()).to_have_count(1)


def test_a_provider_of_ones_own_is_offered_until_it_is_removed(ada: Visitor) -> None:
    """Its models stand in the chat's menu beside the installation's; of its key only the end is shown."""
    page = ada.page
    page.goto("/settings/providers")
    page.get_by_label("Name").fill("ours")
    page.get_by_label("Address").fill("https://models.example.com/v1")
    page.get_by_label("API key").fill("sk-very-secret-1234")
    page.get_by_role("textbox", name="Models").fill("small, large")
    page.get_by_role("button", name="Add the provider").click()
    listed = page.get_by_role("list", name="Providers").get_by_role("listitem")
    expect(listed).to_contain_text("…1234")
    expect(listed).to_contain_text("2 models")
    page.goto("/")
    page.get_by_role("button", name="Model:").click()
    expect(page.get_by_role("menuitemradio").filter(has_text="small")).to_contain_text("ours")
    page.goto("/settings/providers")
    page.get_by_label("Name").fill("ours")
    expect(page.get_by_text("“ours” is there already")).to_be_visible()
    expect(page.get_by_role("button", name="Replace the provider")).to_be_visible()
    page.get_by_role("button", name="Remove ours").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("There are none yet")).to_be_visible()


def test_the_workspace_says_what_happens_to_personal_data(ada: Visitor) -> None:
    """What is chosen counts for the next question, and a text can be tried before."""
    page = ada.page
    page.goto("/settings/privacy")
    page.get_by_label("E-mail addresses").select_option("mask")
    page.get_by_label("Values that are never personal").fill("info@example.com")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.get_by_label("Text to try").fill("Write to ada@example.com or info@example.com.")
    page.get_by_role("button", name="Look").click()
    findings = page.get_by_role("list", name="Findings").get_by_role("listitem")
    expect(findings.filter(has_text="ada@example.com")).to_contain_text("Hide for good")
    expect(findings.filter(has_text="info@example.com")).to_contain_text("Send as it is")
    page.reload()
    expect(page.get_by_label("E-mail addresses")).to_have_value("mask")
    page.goto("/")
    ada.says("Write to ada@example.com.", echo="last")
    expect(ada.answers().last).to_contain_text("Write to [EMAIL].")


def test_what_was_hidden_is_listed_and_shown_to_who_may_see_it(ada: Visitor) -> None:
    """A name, a card and a key: the reader has them back, the page tells their placeholders, one click the value."""
    secrets = ("Margaret Holloway", "4539 1488 0343 6467", "sk-proj-abcd1234EFGH5678ijkl9012MNOP3456")
    said = "My name is {}, my card is {} and my key is {} indeed.".format(*secrets)
    ada.says(said, echo="last")
    answer = ada.hears_all()
    assert all(secret in answer for secret in secrets)
    ada.page.goto("/settings/privacy")
    found = ada.page.get_by_role("list", name="Findings so far").get_by_role("listitem")
    expect(found).to_have_count(3)
    for secret in secrets:
        expect(found.filter(has_text=secret)).to_have_count(0)
    ada.page.get_by_role("button", name="Show [CARD_1]").click()
    expect(found.filter(has_text="Payment cards")).to_contain_text("4539 1488 0343 6467")


def test_all_models_are_listed_with_their_prices(ada: Visitor) -> None:
    """Also those whose price nobody knows."""
    ada.page.goto("/settings/providers")
    models = ada.page.get_by_role("list", name="Models").get_by_role("listitem")
    expect(models.filter(has_text="sim-fast")).to_contain_text("No price known")
    expect(models.filter(has_text="Default")).to_have_count(1)


def test_a_workspace_is_deleted_only_by_its_name(ada: Visitor) -> None:
    """The button waits for the name; then the workspace is gone, and its owner has none."""
    ada.page.goto("/settings/members")
    name = ada.page.get_by_role("heading", name=re.compile("^Members of ")).inner_text().removeprefix("Members of ")
    ada.page.get_by_role("button", name="Delete the workspace").click()
    dialog = ada.page.get_by_role("dialog")
    last = dialog.get_by_role("button", name="Delete for good")
    dialog.get_by_label("Type").fill("Something else")
    expect(last).to_be_disabled()
    dialog.get_by_label("Type").fill(name)
    last.click()
    expect(ada.page.get_by_text(f"{name} is deleted.")).to_be_visible()
    ada.page.goto("/settings/members")
    expect(ada.page.get_by_text("You belong to no workspace.")).to_be_visible()
