"""Exports of a map: a folder of files, written whole or not at all."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final

from twin.errors import InputError, RunError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twin.network.map_parts import MapParts

FORMATS: Final = ("gmns", "geoparquet")


def export_map(parts: MapParts, form: str, out: Path) -> list[str]:
    """Write a map in a format of other programs.

    Parameters
    ----------
    parts
        The map.
    form
        One of ``FORMATS``.
    out
        Folder to write; new or empty.

    Returns
    -------
    names
        Files that were written.

    Raises
    ------
    InputError
        An unknown format, or a folder that holds something.
    RunError
        The disk is full or may not be written.
    """
    write = _writer(form)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(str(out), "exists and is not empty", hint="give another folder to --out")
    out = out.absolute()
    fresh = out.with_name(f".{out.name}.new-{os.getpid()}")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        names = write(fresh, parts)
        if out.exists():
            out.rmdir()
        fresh.rename(out)
    except OSError as error:
        raise RunError(f"{out}: the export cannot be written ({error})") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return names


def _writer(form: str) -> Callable[[Path, MapParts], list[str]]:
    if form == "gmns":
        from twin.network.exchange.export_gmns import write_gmns  # noqa: PLC0415

        return write_gmns
    if form == "geoparquet":
        from twin.network.exchange.export_geoparquet import write_geoparquet_map  # noqa: PLC0415

        return write_geoparquet_map
    raise InputError(
        "--format", f"is {form!r}", expected=" or ".join(FORMATS), hint=did_you_mean(form, FORMATS)
    )
