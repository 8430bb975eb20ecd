"""The web page as browsers get it: cached for ever or checked each time, compressed beforehand, nothing beside it."""

import asyncio
import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tertulia.gateway.pages import Pages
from tertulia.platform.errors import MethodNotAllowed, NotFound

PAGE = b"<!doctype html><title>Tertulia</title>"
SCRIPT = b"console.log('x'.repeat(1))" * 40


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A small build, with a secret beside it and a link that leads out."""
    directory = tmp_path / "dist"
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_bytes(PAGE)
    (directory / "favicon.svg").write_bytes(b"<svg/>")
    (directory / "assets" / "app-1a2b.js").write_bytes(SCRIPT)
    (directory / "assets" / "app-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    (directory / "assets" / "app-1a2b.js.br").write_bytes(b"brotli")
    (tmp_path / "secret").write_text("secret")
    (directory / "assets" / "way-out.txt").symlink_to(tmp_path / "secret")
    return directory


async def get(pages: Pages, path: str, method: str = "GET", **headers: str) -> tuple[int, Mapping[str, str], bytes]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await pages({"type": "http", "method": method, "path": path, "headers": raw}, receive, send)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize("path", ["/", "/login", "/signup", "/c/0199-some-id", "/settings", "/settings/api-keys"])
async def test_every_path_of_the_application_is_the_page(build: Path, path: str) -> None:
    """A reload anywhere works; the page itself is asked about each time."""
    status, headers, body = await get(Pages(build), path, accept="text/html,*/*;q=0.8")
    assert (status, body) == (200, PAGE)
    assert headers["cache-control"] == "no-cache"
    assert headers["content-type"] == "text/html; charset=utf-8"
    unchanged, _, nothing = await get(Pages(build), path, if_none_match=f"W/{headers['etag']}")
    assert (unchanged, nothing) == (304, b"")


@pytest.mark.parametrize(
    ("accepted", "encoding"), [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("", "")]
)
async def test_assets_are_for_ever_and_compressed(build: Path, accepted: str, encoding: str) -> None:
    """Their names change with their content; each form has a tag of its own."""
    status, headers, body = await get(Pages(build), "/assets/app-1a2b.js", accept_encoding=accepted)
    assert status == 200
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["content-type"].startswith("text/javascript")
    assert headers.get("content-encoding", "") == encoding
    assert headers["vary"] == "accept-encoding"
    assert {"br": b"brotli", "": SCRIPT}.get(encoding, gzip.compress(SCRIPT)) == body
    assert headers["content-length"] == str(len(body))


async def test_head_and_wrong_methods(build: Path) -> None:
    """HEAD is as GET, which the server sends without its body; others are refused with what is right."""
    assert (await get(Pages(build), "/", "HEAD"))[0] == 200
    with pytest.raises(MethodNotAllowed) as refused:
        await get(Pages(build), "/login", "POST")
    assert refused.value.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/none.js",
        "/assets/../index.html",
        "/assets/../../secret",
        "/assets/%2e%2e/secret",
        "/assets//etc/passwd",
        "/assets/way-out.txt",
        "/assets/app-1a2b.js.gz",
        "/assets/\x00",
        "/index.html",
        "/unknown",
        "/robots.txt",
    ],
)
async def test_nothing_else_is_shown(build: Path, path: str) -> None:
    """Only files of the build by their own names; no way leads out of it."""
    with pytest.raises(NotFound):
        await get(Pages(build), path)


async def test_who_takes_no_html_gets_no_page(build: Path) -> None:
    """A program that asks for JSON at a wrong address must not take a page for an answer."""
    with pytest.raises(NotFound):
        await get(Pages(build), "/c/some-id", accept="application/json")


async def test_a_missing_build_is_explained(tmp_path: Path) -> None:
    """With how to make one."""
    status, headers, body = await get(Pages(tmp_path / "none"), "/")
    assert status == 503
    assert b"make up" in body
    assert headers["content-type"].startswith("text/html")


def test_a_new_build_is_taken_up(tmp_path: Path, build: Path) -> None:
    """Without restarting the gateway."""
    place = tmp_path / "later"
    pages = Pages(place)
    assert asyncio.run(get(pages, "/"))[0] == 503
    build.rename(place)
    assert asyncio.run(get(pages, "/"))[2] == PAGE
    (place / "index.html.new").write_bytes(b"new")
    (place / "index.html.new").replace(place / "index.html")
    assert asyncio.run(get(pages, "/"))[2] == b"new"
