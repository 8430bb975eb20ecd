"""Make the private environment that everything else runs in.

Needs nothing but Python 3.11+ and a package index. It makes ``.tools`` (holds uv, installed by pip, so that the
machine's own pip settings decide where packages come from) and ``.venv`` (holds exactly what the lock names, hashes
checked). It does nothing when both are already in step with the locks.

    python3 tools/bootstrap.py runtime|development|node    install
    python3 tools/bootstrap.py lock                        resolve pyproject.toml anew into requirements/*.lock
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"


def main(group: str) -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - a machine's older python3 must get a sentence, not a traceback
        sys.exit(f"Tertulia needs Python 3.11 or newer, this is {sys.version.split()[0]}. Try: make PYTHON=python3.13")
    if group == "lock":
        install_uv()
        lock_all()
        return
    if group == "node":
        install_uv()
        uv(
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "--python",
            TOOLS / "bin" / "python",
            "-r",
            LOCKS / "node.lock",
        )
        return
    if already_installed(group):
        return
    install_uv()
    if not (VENV / "bin" / "python").exists():
        say("making .venv")
        uv("venv", "--quiet", "--allow-existing", "--python", sys.executable, VENV)
    say(f"installing the packages that requirements/{group}.lock names")
    uv("pip", "sync", "--quiet", "--require-hashes", "--python", VENV / "bin" / "python", LOCKS / f"{group}.lock")
    uv("pip", "install", "--quiet", "--no-deps", "--python", VENV / "bin" / "python", "--editable", ROOT)
    stamp(VENV, group).write_text(fingerprint(group))


def install_uv() -> None:
    if stamp(TOOLS, "uv").exists() and stamp(TOOLS, "uv").read_text() == fingerprint("uv"):
        return
    say("making .tools")
    try:
        venv.create(TOOLS, with_pip=True, clear=True, symlinks=True)
    except (subprocess.CalledProcessError, ImportError):
        sys.exit("Python cannot make an environment here. On Debian and Ubuntu: apt-get install python3-venv")
    pip = [TOOLS / "bin" / "python", "-m", "pip"]
    run([*pip, "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", LOCKS / "uv.lock"])
    stamp(TOOLS, "uv").write_text(fingerprint("uv"))


def lock_all() -> None:
    """Exact versions with hashes and no index's address; nothing younger than a week, so that a bad release is seen."""
    resolve: list[object] = [
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--generate-hashes",
        "--no-header",
        "--no-annotate",
    ]
    resolve += ["--python-version", "3.11", "--exclude-newer", "7 days", ROOT / "pyproject.toml"]
    uv(*resolve, "-o", LOCKS / "runtime.lock")
    uv(*resolve, "--group", "dev", "-c", LOCKS / "runtime.lock", "-o", LOCKS / "development.lock")
    uv(*resolve[:-1], "--group", "node", "-o", LOCKS / "node.lock")


def already_installed(group: str) -> bool:
    """The development lock holds all of the runtime lock, so that it serves for both."""
    groups = {group, "development"}
    return any(stamp(VENV, g).exists() and stamp(VENV, g).read_text() == fingerprint(g) for g in groups)


def fingerprint(group: str) -> str:
    parts = [(LOCKS / f"{group}.lock").read_bytes(), str(ROOT).encode(), sys.version.encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def stamp(environment: Path, group: str) -> Path:
    return environment / f".{group}.installed"


def uv(*arguments: object) -> None:
    run([TOOLS / "bin" / "uv", *arguments], env=os.environ | index_settings())


def index_settings() -> dict[str, str]:
    """What this machine's pip is told about its index, in uv's words: uv does not read pip's configuration."""
    listed = subprocess.run(
        [TOOLS / "bin" / "python", "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    pip: dict[str, str] = {}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        pip[key.rpartition(".")[2]] = value.strip("'\"").replace("\\n", " ").strip()
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "find-links": "UV_FIND_LINKS",
        "cert": "SSL_CERT_FILE",
        "proxy": "HTTPS_PROXY",
        "trusted-host": "UV_INSECURE_HOST",
    }
    settings = {name: pip[key] for key, name in names.items() if key in pip}
    if extra := [url for url in pip.get("extra-index-url", "").split() if not url.startswith("file:")]:
        settings |= {"UV_INDEX": " ".join(extra), "UV_INDEX_STRATEGY": "unsafe-best-match"}
    return {name: value for name, value in settings.items() if name not in os.environ}


def run(command: list[object], **options: object) -> None:
    ended = subprocess.run([str(word) for word in command], cwd=ROOT, check=False, **options)  # type: ignore[call-overload] # options pass through
    if ended.returncode:
        sys.exit(f"This step failed, its own words are above: {' '.join(str(word) for word in command)}")


def say(what: str) -> None:
    print(f"· {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
