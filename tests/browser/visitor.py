"""Somebody at a browser: what they do, in their words, by the names that controls have for everyone."""

import json
import re
from typing import Any, Self
from uuid import uuid4

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

PASSWORD = "seven lanterns over the quay"
DEADLINE_MS = 20_000

expect.set_options(timeout=DEADLINE_MS)


class Visitor:
    """One browser profile with its first tab. ``complaints`` are errors that the page wrote to the console."""

    def __init__(self, browser: Browser, site: str, *, width: int = 1280, height: int = 800, **options: Any) -> None:
        self.site = site
        self.email = f"{uuid4().hex}@example.com"
        self.complaints: list[str] = []
        self.forgiven: list[str] = []
        """Patterns of complaints that a test brings about on purpose."""
        self.context = browser.new_context(base_url=site, viewport={"width": width, "height": height}, **options)
        self.context.set_default_timeout(DEADLINE_MS)
        self.page = self.opens_a_tab()

    def opens_a_tab(self) -> Page:
        page = self.context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def leave(self) -> None:
        self.context.close()

    # the door

    def signs_up(self, name: str = "Ada Byron") -> Self:
        self.page.goto("/signup")
        self.page.get_by_label("Your name").fill(name)
        self.page.get_by_label("E-mail").fill(self.email)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Make an account").click()
        expect(self.composer()).to_be_visible()
        return self

    def signs_in(self, password: str = PASSWORD) -> Self:
        self.page.get_by_label("E-mail").fill(self.email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        return self

    def chooses(self, menu: str | re.Pattern[str], item: str) -> None:
        self.page.get_by_role("button", name=menu).click()
        self.page.get_by_role("menuitem", name=item).click()

    # the workspace

    def adds(self, other: "Visitor", role: str) -> None:
        """The other becomes a member here, and goes over."""
        self.page.goto("/settings/members")
        self.page.get_by_label("E-mail").fill(other.email)
        self.page.get_by_label("Role", exact=True).select_option(role)
        self.page.get_by_role("button", name="Add", exact=True).click()
        expect(self.page.get_by_role("list", name="Members").get_by_role("listitem")).to_have_count(2)
        other.page.reload()
        other.page.get_by_role("button", name="Workspace:").click()
        other.page.get_by_role("menuitemradio").filter(has_text=role).click()

    # the conversation

    def composer(self, page: Page | None = None) -> Locator:
        return (page or self.page).get_by_role("textbox", name="Your message", exact=True)

    def says(self, question: str, /, **answered: Any) -> None:
        """``answered`` says how the simulated provider replies: text, gap, tokens, seed, fail, …"""
        self.composer().fill(f"{question} {simulated(**answered)}".strip())
        self.page.get_by_role("button", name="Send", exact=True).click()

    def hears_all(self, page: Page | None = None) -> str:
        """The last answer's text, once it has ended."""
        tab = page or self.page
        expect(tab.get_by_role("button", name="Send", exact=True)).to_be_visible()
        expect(tab.get_by_role("button", name="Copy the answer").last).to_be_attached()
        return self.answers(tab).last.locator(".answer").inner_text()

    def answers(self, page: Page | None = None) -> Locator:
        return (page or self.page).get_by_role("article", name="Tertulia")

    def questions(self) -> Locator:
        return self.page.get_by_role("article", name="You", exact=True)

    def listed(self) -> Locator:
        return self.page.get_by_role("navigation", name="Conversations").get_by_role("listitem")

    def _hear(self, message: ConsoleMessage) -> None:
        said = f"{message.text} {message.location.get('url', '')}"
        if message.type in {"error", "warning"} and not any(re.search(known, said) for known in self.forgiven):
            self.complaints.append(said)


def simulated(**answered: Any) -> str:
    """The mark in a message by which the simulated provider knows how to reply."""
    settings = (f"{name}={json.dumps(value)}" for name, value in answered.items())
    return f"[[sim: {' '.join(settings)}]]" if answered else ""


def counted(words: int) -> str:
    """A text in which a gap or a repeat can be seen: w1 w2 w3 …"""
    return " ".join(f"w{number}" for number in range(1, words + 1))
