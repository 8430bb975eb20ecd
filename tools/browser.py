"""Have a Chromium for the browser tests: the system's own, or Debian's, installed where that is possible.

python tools/browser.py        prints the path
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def main() -> None:
    path = find() or install()
    print(path)


def find() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> str:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit("The browser tests need Chromium. On Debian and Ubuntu: apt-get install chromium")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        ended = subprocess.run(["apt-get", "-qq", *step], env=environment, check=False, stdout=sys.stderr)
        if ended.returncode:
            sys.exit(f"apt-get {step[0]} failed, its own words are above. Install Chromium by hand and run again.")
    return find() or sys.exit("apt-get installed Chromium, but there is no chromium on the PATH")


if __name__ == "__main__":
    main()
