"""Light and quick: what a person waits for between signing in and typing."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import CDPSession, expect

from tests.browser.conftest import Visit

MAX_SCRIPT_BYTES = 200_000
MAX_REQUESTS = 20
MAX_SECONDS = 1.0


class Weighed:
    """Bytes as they came over the line, by the browser's own count."""

    def __init__(self, session: CDPSession) -> None:
        self.kinds: dict[str, str] = {}
        self.paths: dict[str, str] = {}
        self.bytes: dict[str, float] = {}
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.loadingFinished", self._finished)

    def _sent(self, event: dict[str, object]) -> None:
        request = event["request"]
        assert isinstance(request, dict)
        self.kinds[str(event["requestId"])] = str(event.get("type"))
        self.paths[str(event["requestId"])] = urlsplit(str(request["url"])).path

    def _finished(self, event: dict[str, float]) -> None:
        self.bytes[str(event["requestId"])] = event["encodedDataLength"]

    @property
    def script_bytes(self) -> float:
        return sum(size for request, size in self.bytes.items() if self.kinds.get(request) == "Script")


def test_from_signing_in_to_typing(visit: Visit) -> None:
    """At most 200 kB of compressed script and 20 requests in all, and a second from the button to the focused field."""
    ada = visit().signs_up()
    ada.chooses(re.compile("^Account of"), "Sign out")
    expect(ada.page).to_have_url(re.compile("/login$"))
    fresh = ada.opens_a_tab()
    ada.page.close()
    session = ada.context.new_cdp_session(fresh)
    session.send("Network.clearBrowserCache")
    weighed = Weighed(session)
    ada.page = fresh
    fresh.goto("/login", wait_until="networkidle")
    fresh.get_by_label("E-mail").fill(ada.email)
    fresh.get_by_label("Password", exact=True).fill("seven lanterns over the quay")
    fresh.evaluate(
        """() => {
            const button = document.querySelector('button[type=submit]')
            button.addEventListener('click', () => { window.began = performance.now() })
            new MutationObserver((_, watching) => {
                if (document.activeElement?.id !== 'composer') return
                window.took = performance.now() - window.began
                watching.disconnect()
            }).observe(document.body, { subtree: true, childList: true })
            document.addEventListener('focusin', (event) => {
                if (event.target.id === 'composer') window.took ??= performance.now() - window.began
            })
        }"""
    )
    fresh.get_by_role("button", name="Sign in").click()
    expect(ada.composer()).to_be_focused()
    fresh.wait_for_load_state("networkidle")
    assert 0 < weighed.script_bytes <= MAX_SCRIPT_BYTES
    assert len(weighed.paths) <= MAX_REQUESTS, sorted(weighed.paths.values())
    assert fresh.evaluate("window.took") / 1000 <= MAX_SECONDS
