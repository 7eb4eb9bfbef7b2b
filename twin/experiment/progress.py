"""A sign of life while an experiment runs: done, rate, time left, on standard error."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

PATIENCE_S: Final = 1.0
"""Shorter work says nothing."""
PREPARING: Final = "preparing (the very first run also compiles)"
FEWEST_TOLD: Final = 3
"""Runs after which a rate means something."""
LINE_PERIOD_S: Final = 5.0
"""Time between two lines where there is no terminal to draw a bar on."""


class Progress:
    """Progress of `total` runs; silent for work below a second.

    Parameters
    ----------
    total
        Number of runs to make.
    is_shown
        False keeps it silent.
    """

    def __init__(self, total: int, *, is_shown: bool = True) -> None:
        self.total = total
        self.n_done = 0
        self._is_shown = is_shown and total > 0
        self._began = time.monotonic()
        self._said = self._began + PATIENCE_S - LINE_PERIOD_S
        self._first = self._began
        self._has_told = False
        self._bar: Any = None
        self._task: Any = None
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        if self._is_shown and sys.stderr.isatty():
            # a timer, for the first run of all compiles for ten seconds without a word
            self._timer = threading.Timer(PATIENCE_S, self._show)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None
            if self._bar is not None:
                self._bar.stop()
            elif self._has_told and self.n_done == self.total:
                sys.stderr.write(f"{self.n_done} of {self.total} runs\n")

    def _show(self) -> None:
        """Draw the bar, unless the work ended meanwhile."""
        with self._lock:
            if self._timer is not None:
                self._bar, self._task = _bar(self.total)
                self._bar.start()

    def advance(self) -> None:
        """Count one finished run."""
        now = time.monotonic()
        if self.n_done == 0:
            self._first = now
        self.n_done += 1
        if self._bar is not None:
            self._bar.update(
                self._task, description="runs", completed=self.n_done, rate=f"{self.rate:.1f}/s"
            )
        elif self._timer is None and self._is_told(now):
            self._said = now
            self._has_told = True
            sys.stderr.write(f"{self.line()}\n")

    def _is_told(self, now: float) -> bool:
        is_due = now - self._said >= LINE_PERIOD_S
        return self._is_shown and is_due and FEWEST_TOLD <= self.n_done < self.total

    @property
    def rate(self) -> float:
        """Runs per second since the first one: that one waited for imports and compilation."""
        if self.n_done < FEWEST_TOLD:
            return self.n_done / max(time.monotonic() - self._began, 1e-9)
        return (self.n_done - 1) / max(time.monotonic() - self._first, 1e-9)

    def line(self) -> str:
        """Return done, rate and time left in words."""
        left_s = (self.total - self.n_done) / max(self.rate, 1e-9)
        return f"{self.n_done} of {self.total} runs, {self.rate:.1f} a second, {left_s:.0f} s left"


def _bar(total: int) -> tuple[Any, Any]:
    from rich.console import Console  # noqa: PLC0415 - only with a terminal
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as RichProgress  # noqa: PLC0415

    bar = RichProgress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    return bar, bar.add_task(PREPARING, total=total, rate="")
