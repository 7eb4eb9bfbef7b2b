"""Progress on standard error."""

from __future__ import annotations

import io
import sys
import time

import pytest

from twin.experiment import progress as module
from twin.experiment.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_short_work_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(3) as shown:
        for _ in range(3):
            shown.advance()
    assert capsys.readouterr().err == ""


def test_long_work_says_done_rate_and_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with Progress(40) as shown:
        now[0] += 2.0
        for _ in range(10):
            now[0] += 0.5
            shown.advance()
    # the first run waited for imports: the rate is that of those after it
    assert capsys.readouterr().err == "3 of 40 runs, 2.0 a second, 18 s left\n"


def test_work_that_was_told_of_is_told_when_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with Progress(5) as shown:
        for _ in range(5):
            now[0] += 2.0
            shown.advance()
    assert capsys.readouterr().err.splitlines()[-1] == "5 of 5 runs"


def test_a_terminal_gets_a_bar_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(module, "PATIENCE_S", 0.05)
    with Progress(2):
        deadline = time.monotonic() + 10
        while "preparing" not in terminal.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
    assert "preparing" in terminal.getvalue()


def test_short_work_draws_no_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress(3) as shown:
        for _ in range(3):
            shown.advance()
    assert terminal.getvalue() == ""


def test_hidden_progress_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress(2, is_shown=False) as shown:
        shown.advance()
    assert terminal.getvalue() == ""
