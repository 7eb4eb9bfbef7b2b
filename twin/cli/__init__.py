"""The command ``twin``: what a user types, and how a failure is told.

Exit codes: 0 done; 1 the run failed; 2 the input is wrong; 130 and 143
interrupted. A wrong input gets one message and no traceback.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Final

import typer

from twin.cli.output import note, plain, say
from twin.errors import TwinError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    Main = Callable[..., object]

# Each offers `register(app)`; the order is that of `twin --help`.
_COMMAND_MODULES: Final = ("run", "access", "scenario", "map", "validate", "system")
INTERRUPTED: Final = 130
TERMINATED: Final = 143


class Terminated(BaseException):
    """Someone asked this process to end (SIGTERM)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``twin`` with `arguments` (those of the process by default) and return its exit code."""
    words, flags = _split_flags(sys.argv[1:] if arguments is None else list(arguments))
    if flags:
        _log(is_debugging="--debug" in flags)
    _listen_to_sigterm()
    try:
        return _guarded(lambda: build_app()(words, prog_name="twin", standalone_mode=False))
    except Exception as error:
        if "--debug" in flags:
            raise
        return _told(error)


def build_app() -> typer.Typer:
    """Return the commands; each module loads its heavy parts when it is called."""
    app = typer.Typer(
        name="twin",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for name in _COMMAND_MODULES:
        import_module(f"twin.cli.{name}").register(app)
    return app


def _show_version(is_asked: bool) -> None:  # noqa: FBT001 - typer calls by position
    if is_asked:
        from twin import __version__  # noqa: PLC0415

        say(f"twin {__version__}")
        raise typer.Exit


def _root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version."),
    ] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Log what is done.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Compare futures of a city: what changes, for whom, by how much, how certainly.

    Start here:  twin compare scenarios/monaco/baseline.toml FUTURE.toml
    """
    del version, verbose, debug  # the flags are taken by `_split_flags`, wherever they stand


def _split_flags(words: list[str]) -> tuple[list[str], set[str]]:
    """Take ``-v`` and ``--debug`` from wherever they stand, so that both orders work."""
    end = words.index("--") if "--" in words else len(words)
    known = {"-v", "--verbose", "--debug"}
    flags = known.intersection(words[:end])
    return [word for word in words[:end] if word not in known] + words[end:], flags


def _log(*, is_debugging: bool) -> None:
    import logging  # noqa: PLC0415 - `twin --help` does without

    level = logging.DEBUG if is_debugging else logging.INFO
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # Numba alone writes thousands of lines when asked to debug.
    logging.getLogger("twin").setLevel(level)


def _listen_to_sigterm() -> None:
    def end(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, end)


def _guarded(command: Main) -> int:
    """Run `command`; interruptions and closed pipes become exit codes."""
    try:
        result = command()
        sys.stdout.flush()
    except KeyboardInterrupt:
        result = INTERRUPTED
    except Terminated:
        note("twin: terminated")
        return TERMINATED
    except BrokenPipeError:
        # `twin ... | head`: the reader has enough. Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    code = result if isinstance(result, int) else 0
    if code == INTERRUPTED:
        note("twin: interrupted")
    return code


def _told(error: Exception) -> int:
    """Say on standard error what is wrong, and return the exit code."""
    if isinstance(error, TwinError):
        note(str(error))
        return error.exit_code
    if isinstance(error, typer.TyperException):
        message = error.format_message()
        context = getattr(error, "ctx", None)
        # No arguments at all: the message is the help.
        if not message.startswith("Usage:"):
            message = f"twin: {message}"
            if context is not None:
                message = f"{context.get_usage()}\n{message}"
        note(message)
        return error.exit_code
    if isinstance(error, typer.Abort):
        note("twin: interrupted")
        return INTERRUPTED
    summary = plain(" ".join(str(error).split()))
    note(f"twin: {type(error).__name__}: {summary} (a defect: `--debug` shows where)")
    return 1
