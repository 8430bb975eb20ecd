"""Has the local models on disk, in a process of its own: a download can then be broken off at any moment.

    python -m tertulia.local.fetch_models HOME CHAT_MODEL

Writes JSON, one document a line: `{"fetching", "have", "all"}` while it works, and at the end what there is.
"""

import json
import sys
from pathlib import Path
from typing import Any

from tertulia.local import models


def main(home: Path, chat: str) -> int:
    def progress(label: str, have: int, size: int) -> None:
        _say({"fetching": label, "have": have, "all": size})

    try:
        found = models.ensure(home, chat, progress)
    except models.UnknownModel as error:
        _say({"error": str(error)})
        return 1
    model = found.chat and {"name": found.chat.name, "path": str(found.chat.path), "context": found.chat.context}
    embeddings = found.embeddings and str(found.embeddings)
    names = found.names and str(found.names)
    _say({"chat": model, "embeddings": embeddings, "names": names, "warnings": list(found.warnings)})
    return 0


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
