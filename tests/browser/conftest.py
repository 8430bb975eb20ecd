"""A real Chromium at the real page. Each visitor is a profile of their own; a page that complains fails its test.

`TERTULIA_TEST_URL` points the tests at something that runs already (with a simulated provider), else they start the
whole stack. Pictures of failed tests are left in `test-artifacts/`.
"""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.visitor import Visitor
from tests.stack import Stack

ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"
ARGUMENTS = (
    "--no-sandbox",  # tests run as root in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
RUNNING = os.environ.get("TERTULIA_TEST_URL")
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

Visit = Callable[..., Visitor]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report: Any = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="package")
def whole(request: pytest.FixtureRequest) -> Stack:
    """The stack, for a test that kills a part of it."""
    if RUNNING:
        pytest.skip("what runs already is not ours to kill")
    made: Stack = request.getfixturevalue("stack")
    return made


@pytest.fixture(scope="package")
def site(request: pytest.FixtureRequest) -> str:
    """The address of Tertulia."""
    return RUNNING or str(request.getfixturevalue("stack").url)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    path = next((found for name in CHROMIUMS if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("There is no Chromium. Run: python tools/browser.py")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Makes visitors: ``visit()``, or ``visit(width=390, height=844, …)`` with Playwright's context options."""
    visitors: list[Visitor] = []

    def arrive(**options: Any) -> Visitor:
        visitors.append(Visitor(chromium, site, **options))
        return visitors[-1]

    yield arrive
    failed = request.node.stash.get(FAILED, False)
    for number, visitor in enumerate(visitors):
        if failed:
            ARTIFACTS.mkdir(exist_ok=True)
            visitor.page.screenshot(path=ARTIFACTS / f"{request.node.name}-{number}.png".replace("/", "_"))
        visitor.leave()
    if not failed:
        complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
        assert not complaints, complaints


@pytest.fixture
def ada(visit: Visit) -> Visitor:
    """Somebody with a new account, at the empty table."""
    return visit().signs_up()
