"""The documents name what there is: files, links, settings, metrics, paths and commands, in both directions."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tertulia.cli import app
from tertulia.contracts.routes import ROUTES
from tertulia.local.services import SERVICES, WITH_DATABASE
from tertulia.local.settings import MEANING
from tertulia.platform.settings import listing
from tests.architecture.test_files import ROOT, tracked

PAGES = [page for page in tracked("*.md") if page.name != "CHANGELOG.md"]
TRACKED = {str(path.relative_to(ROOT)) for path in tracked()}
FOLDERS = {str(folder) for name in TRACKED for folder in Path(name).parents}
BESIDE = ("src/tertulia", "src/tertulia/orchestrator", "tests", "tests/orchestrator", "tests/platform", "web/src")
"""Folders that a page may leave out of a path."""

NO_FILES = re.compile(
    r"(\./)?\.(tertulia|venv)/"
    r"|(TERTULIA_HOME|bench/results|web/dist|own|name|postgres|valkey|nats|models|logs|secrets)/"
)
"""What is made later, and what is no path."""

METRIC = re.compile(r"\btertulia_[a-z_]+\b")
DEFINED = re.compile(r'(?:Counter|Gauge|Histogram)\(\s*"(tertulia_[a-z_]+)"')
SETTING = re.compile(r"\bTERTULIA_[A-Z_]*[A-Z]\b")
PATH = re.compile(r"(/(?:api|v1)/[a-z][A-Za-z0-9_{}./-]*)")
FILE = re.compile(r"`((?:[\w{},.*-]+/)+[\w{},.*-]*|[\w-]+\.(?:py|md|toml))`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:^|`|bin/)tertulia ([a-z][a-z-]*)", re.MULTILINE)
CODE = re.compile(r"`[^`]*`")


def words(pattern: re.Pattern[str]) -> set[str]:
    return {found for page in PAGES for found in pattern.findall(page.read_text())}


def test_metrics_are_those_of_the_code() -> None:
    """An operator finds each metric by its whole name, and none that is not there."""
    assert words(METRIC) == {name for path in tracked("src/*.py") for name in DEFINED.findall(path.read_text())}


def test_settings_are_those_that_are_read() -> None:
    """Each is named somewhere. `_FILE` may stand behind any of them."""
    known = set(MEANING) | {f"TERTULIA_MIGRATION_URL_{service.upper()}" for service in WITH_DATABASE}
    for service in SERVICES:
        module = importlib.import_module(f"tertulia.{service}.settings")
        known |= {setting.name for setting in listing(getattr(module, f"{service.capitalize()}Settings"), {})}
    known = {name for name in known if name.startswith("TERTULIA_")}
    named = {name if name in known else name.removesuffix("_FILE") for name in words(SETTING)}
    assert named == known


def test_paths_are_those_of_the_table() -> None:
    """Whatever a place in a path is called."""
    known = {_shape(route.path) for route in ROUTES}
    assert not {path for path in words(PATH) if _shape(path) not in known}


def test_commands_are_those_of_the_command_line() -> None:
    """And the README lists them all."""
    there = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    there |= {group.name for group in app.registered_groups if group.name}
    assert words(COMMAND) <= there
    assert there <= set(COMMAND.findall((ROOT / "README.md").read_text()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_and_links_are_there(page: Path) -> None:
    """Files by the path that a page gives, links with the heading that they name."""
    text = page.read_text()
    assert not [name for named in FILE.findall(text) for name in _spelt_out(named) if not _is_file(name)]
    assert not [link for link in LINK.findall(CODE.sub("", text)) if not _leads_somewhere(page, link)]


def _shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path.rstrip("/."))


def _spelt_out(name: str) -> Iterator[str]:
    """`tests/{auth,chat}` is two."""
    if (choice := re.search(r"\{([^}]*)\}", name)) is None:
        yield name
        return
    for one in choice[1].split(","):
        yield name[: choice.start()] + one + name[choice.end() :]


def _is_file(name: str) -> bool:
    name = name.rstrip("/")
    if NO_FILES.match(f"{name}/") or {name, *(f"{folder}/{name}" for folder in BESIDE)} & (TRACKED | FOLDERS):
        return True
    return any(Path(known).match(name) for known in TRACKED)


def _leads_somewhere(page: Path, link: str) -> bool:
    if link.startswith(("http://", "https://")):
        return True
    file, _, heading = link.partition("#")
    place = page.parent / file if file else page
    if not heading:
        return place.exists()
    headings = re.findall(r"^#+ (.*)$", place.read_text(), re.MULTILINE)
    return heading in {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}
