"""What the person at the terminal sees: a line a component, a bar for each download; plain lines elsewhere.

Nothing may hang on it: a terminal that is gone is written to no more.
"""

import contextlib
import sys
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rich.progress import TaskID

WIDTH = 16
_SMALL = 10_000_000


class Console(Protocol):
    """Told by the supervisor what happens."""

    def starting(self, name: str) -> None: ...
    def ready(self, name: str, seconds: float) -> None: ...
    def died(self, name: str, how: str, pause: float) -> None: ...
    def fetching(self, label: str, have: int, size: int) -> None: ...
    def say(self, text: str) -> None: ...
    def settle(self) -> None:
        """The start is over: from now on there are only single lines."""


def open_console() -> Console:
    return Bars() if sys.stdout.isatty() else Lines()


class Lines:
    def __init__(self) -> None:
        self._tenths: dict[str, int] = {}

    def starting(self, name: str) -> None:
        """A line is written when it is ready."""

    def ready(self, name: str, seconds: float) -> None:
        self.say(f"  {name:<{WIDTH}} ready  {seconds:5.2f} s")

    def died(self, name: str, how: str, pause: float) -> None:
        self.say(f"  {name:<{WIDTH}} {how}; starting it again{f' in {pause:.1f} s' if pause >= 1 else ''}")

    def fetching(self, label: str, have: int, size: int) -> None:
        tenth = 10 * have // max(size, 1)
        if self._tenths.get(label) != tenth:
            self._tenths[label] = tenth
            self.say(f"  {label:<{WIDTH}} {_measured(have, size)}")

    def say(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.write(text + "\n")
            sys.stdout.flush()

    def settle(self) -> None:
        """Nothing to take down."""


class Bars:
    """Live lines while starting, then plain ones."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, SpinnerColumn, Task, TextColumn
        from rich.text import Text

        class DownloadBar(BarColumn):
            """Shown only where there is something to measure."""

            def __call__(self, task: Task) -> Any:
                return super().__call__(task) if task.fields["measured"] else Text()

        self._plain = Lines()
        self._tasks: dict[str, TaskID] = {}
        self._live: Progress | None = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}"),
            TextColumn("{task.fields[note]}", style="dim"),
            DownloadBar(bar_width=24),
        )
        self._live.start()

    def starting(self, name: str) -> None:
        self._update(name, "starting", have=None, size=None)

    def ready(self, name: str, seconds: float) -> None:
        if self._live is None:
            self._plain.ready(name, seconds)
        else:
            self._update(name, f"ready  {seconds:.2f} s", have=1, size=1)

    def died(self, name: str, how: str, pause: float) -> None:
        self.say(f"  {name:<{WIDTH}} {how}; starting it again{f' in {pause:.1f} s' if pause >= 1 else ''}")

    def fetching(self, label: str, have: int, size: int) -> None:
        self._update(label, _measured(have, size), have=have, size=size)

    def say(self, text: str) -> None:
        if self._live is None:
            self._plain.say(text)
        else:
            self._live.console.print(text, highlight=False, markup=False)

    def settle(self) -> None:
        if self._live is not None:
            live, self._live = self._live, None
            with contextlib.suppress(OSError, ValueError):
                live.stop()

    def _update(self, name: str, note: str, *, have: int | None, size: int | None) -> None:
        if self._live is None:
            return
        if name not in self._tasks:
            self._tasks[name] = self._live.add_task(f"{name:<{WIDTH}}", total=None, note="", measured=False)
        measured = size is not None and size > 1
        self._live.update(self._tasks[name], completed=have or 0, total=size, note=note, measured=measured)


def _measured(have: int, size: int) -> str:
    """How much of how much, in the unit that tells the most; rounded up, so that nothing is of no size."""
    unit, name = (1000, "kB") if size < _SMALL else (1_000_000, "MB")
    return f"{-(-have // unit)} of {-(-size // unit)} {name}"
