"""Shows the built web page: hashed assets for ever, the page itself checked each time, compressed beforehand.

Only files that were found in the build are shown, by name, so that no path can lead out of it. Which paths are the
application's is in ``contracts.routes``; without a build they say how to make one.
"""

import hashlib
import mimetypes
from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path

import msgspec
import structlog
from starlette.types import Receive, Scope, Send

from tertulia.contracts.routes import Matcher, NoSuchPath, WrongMethod
from tertulia.platform import context
from tertulia.platform.errors import MethodNotAllowed, NotFound

log = structlog.get_logger()
_IMMUTABLE = b"public, max-age=31536000, immutable"
_CHECKED = b"no-cache"
_ENCODINGS = ((b"br", ".br"), (b"gzip", ".gz"))
_INDEX = "index.html"
_NOT_BUILT = b"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Tertulia</title></head>
<body>
<h1>Tertulia is running</h1>
<p>The web page is not built. Run <code>make up</code> where Tertulia is installed, then reload.
The API answers below <code>/api</code> and <code>/v1</code>.</p>
</body>
</html>
"""

mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("font/woff2", ".woff2")


class _File(msgspec.Struct, frozen=True):
    """One file of the build with its precompressed forms; ``""`` is the plain one."""

    content_type: bytes
    cache_control: bytes
    etag: bytes
    modified: bytes
    bodies: Mapping[bytes, bytes]


class Pages:
    """An ASGI application for everything of the web page."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._built: int | None = None
        self._files: dict[str, _File] = {}
        self._match = Matcher().match

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        path, headers = scope["path"], dict(scope["headers"])
        is_page = self._is_page(scope["method"], path, headers.get(b"accept", b"*/*"))
        context.name_route(scope, "page" if is_page else "asset")
        self._take_up_build()
        file = self._files.get(_INDEX if is_page else path.lstrip("/"))
        if file is not None:
            await _show(send, file, headers)
        elif is_page and _INDEX not in self._files:
            await _answer(send, 503, [(b"content-type", b"text/html; charset=utf-8")], _NOT_BUILT)
        else:
            raise NotFound("There is nothing at this address.")

    def _is_page(self, method: str, path: str, accept: bytes) -> bool:
        """Raises: NotFound (for who does not take HTML, too), MethodNotAllowed."""
        try:
            is_page = self._match(method, path).route.page
        except NoSuchPath:
            raise NotFound("There is nothing at this address.") from None
        except WrongMethod as wrong:
            allow = ", ".join(wrong.allow)
            raise MethodNotAllowed(f"This address takes {allow} only.", headers={"allow": allow}) from None
        if is_page and b"text/html" not in accept and b"*/*" not in accept:
            raise NotFound("Here is a page, and only as HTML.")
        return is_page

    def _take_up_build(self) -> None:
        """Reads the build when its page is another than the last time: one ``stat`` a call."""
        if self._directory is None:
            return
        try:
            built = (self._directory / _INDEX).stat().st_mtime_ns
        except OSError:
            return
        if built != self._built:
            self._files = _read(self._directory)
            self._built = built
            log.info("web_page_taken_up", files=len(self._files))


def default_directory() -> Path | None:
    """The build in the package, else that of the checkout that the package is installed from."""
    here = Path(__file__).resolve()
    candidates = (here.parents[1] / "web" / "dist", here.parents[3] / "web" / "dist")
    return next((one for one in candidates if one.parent.is_dir()), None)


def _read(directory: Path) -> dict[str, _File]:
    root = directory.resolve()
    forms = {suffix for _, suffix in _ENCODINGS}
    files: dict[str, _File] = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix not in forms and path.resolve().is_relative_to(root):
            name = path.relative_to(root).as_posix()
            files[name] = _file(path, name)
    return files


def _file(path: Path, name: str) -> _File:
    plain = path.read_bytes()
    bodies = {b"": plain}
    for encoding, suffix in _ENCODINGS:
        compressed = path.with_name(path.name + suffix)
        if compressed.is_file():
            bodies[encoding] = compressed.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    return _File(
        f"{kind}{charset}".encode(),
        _IMMUTABLE if name.startswith("assets/") else _CHECKED,
        hashlib.sha256(plain).hexdigest()[:32].encode(),
        formatdate(path.stat().st_mtime, usegmt=True).encode(),
        bodies,
    )


async def _show(send: Send, file: _File, headers: Mapping[bytes, bytes]) -> None:
    encoding = _chosen(headers.get(b"accept-encoding", b""), file.bodies)
    body = file.bodies[encoding]
    etag = b'"%b%b"' % (file.etag, b"-" + encoding if encoding else b"")
    told = [(b"cache-control", file.cache_control), (b"etag", etag), (b"vary", b"accept-encoding")]
    if _is_same(headers.get(b"if-none-match", b""), etag):
        await _answer(send, 304, told, b"")
        return
    told += [(b"content-type", file.content_type), (b"last-modified", file.modified)]
    if encoding:
        told.append((b"content-encoding", encoding))
    await _answer(send, 200, told, body)


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    length = [] if status == HTTPStatus.NOT_MODIFIED else [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": body})


def _chosen(accepted: bytes, bodies: Mapping[bytes, bytes]) -> bytes:
    """The smallest form that the client takes; ``q=0`` refuses one."""
    takes = set()
    for item in accepted.split(b","):
        name, _, parameters = item.strip().partition(b";")
        if parameters.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"):
            takes.add(name.strip().lower())
    return next((encoding for encoding, _ in _ENCODINGS if encoding in takes and encoding in bodies), b"")


def _is_same(known: bytes, etag: bytes) -> bool:
    """Weak comparison, as RFC 9110 wants it for If-None-Match."""
    return any(one.strip().removeprefix(b"W/") in (etag, b"*") for one in known.split(b",")) if known else False
