from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numba import config, types

from twin.kernels import jit

PACKAGE = Path(jit.__file__).resolve().parents[1]

CALLEE = """
from twin.kernels.jit import kernel
from twin.units import {constant} as SCALE


@kernel
def inner(x: float) -> float:
    return x {operation} 1.0
"""
CALLER = """
from typing import NamedTuple

import numpy as np

from twin.kernels.callee import SCALE, inner
from twin.kernels.jit import kernel


class State(NamedTuple):
    {fields}


@kernel
def outer(state, x):
    total = 0.0
    for i in range(state.first.size):
        total += inner(x) * state.first[i] + 0.0 * state.second[i]
    return total


@kernel
def scaled(x):
    return x * SCALE
"""
PROBE = """
import sys
import numpy as np
from twin.kernels.caller import State, outer, scaled

state = State(first=np.array([1.0, 2.0]), second=np.array([50.0, 60.0]))
values = outer(state, 3.0), scaled(2)
hits = sum(outer.stats.cache_hits.values()) + sum(scaled.stats.cache_hits.values())
sys.stdout.write(f"{values[0]} {values[1]} {hits}")
"""


class Lab:
    """A copy of the bottom of the package whose kernels a test may change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = folder / "cache"
        kernels = folder / "twin" / "kernels"
        kernels.mkdir(parents=True)
        for name in ("errors.py", "streams.py", "units.py", "kernels/jit.py"):
            shutil.copy(PACKAGE / name, folder / "twin" / name)
        (folder / "twin" / "__init__.py").touch()
        (kernels / "__init__.py").touch()
        self.write()

    def write(
        self,
        *,
        operation: str = "+",
        constant: str = "WEEK_DAYS",
        fields: str = "first: np.ndarray; second: np.ndarray",
    ) -> None:
        kernels = self.folder / "twin" / "kernels"
        (kernels / "callee.py").write_text(CALLEE.format(operation=operation, constant=constant))
        (kernels / "caller.py").write_text(CALLER.format(fields=fields))

    def probe(self, code: str = PROBE, **environment: str) -> str:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA_", "PYTHON"))}
        # Sources change faster than the clock of their modification times.
        fixed = {"PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            cwd=self.folder,
            env={**inherited, **fixed, "TWIN_CACHE_DIR": str(self.cache), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def files(self) -> list[Path]:
        return sorted(self.cache.rglob("*.bin"))


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


pytestmark = pytest.mark.skipif(bool(config.DISABLE_JIT), reason="there is nothing to cache")


def test_second_process_loads_what_the_first_compiled(lab: Lab) -> None:
    assert lab.probe() == "12.0 14 0"
    assert lab.probe() == "12.0 14 2"


def test_changed_callee_in_another_file_is_noticed(lab: Lab) -> None:
    assert lab.probe() == "12.0 14 0"
    lab.write(operation="*")
    assert lab.probe() == "9.0 14 0"
    lab.write(operation="+")
    assert lab.probe() == "12.0 14 2"  # and the first version is still there


def test_changed_constant_file_is_noticed(lab: Lab) -> None:
    assert lab.probe() == "12.0 14 0"
    units = lab.folder / "twin" / "units.py"
    units.write_text(units.read_text().replace("WEEK_DAYS: Final = 7", "WEEK_DAYS: Final = 8"))
    assert lab.probe() == "12.0 16 0"


def test_damaged_files_are_compiled_again(lab: Lab) -> None:
    lab.probe()
    truncated, flipped = lab.files()[:2]
    truncated.write_bytes(truncated.read_bytes()[:-1])
    data = bytearray(flipped.read_bytes())
    data[len(data) // 2] ^= 0x10
    flipped.write_bytes(data)
    for path in lab.files()[2:]:
        path.write_bytes(b"")
    assert lab.probe() == "12.0 14 0"
    assert lab.probe() == "12.0 14 2"


def test_every_truncation_and_every_flipped_byte_is_a_miss(tmp_path: Path) -> None:
    path = tmp_path / "entry.bin"
    jit._write(path, b"address", b"machine code")
    whole = path.read_bytes()
    assert jit._read(path, b"address") == b"machine code"
    assert jit._read(path, b"ADDRESS") is None
    assert jit._read(path, b"addres") is None
    for i in range(len(whole)):
        path.write_bytes(whole[:i])
        assert jit._read(path, b"address") is None
        for bit in range(8):
            path.write_bytes(whole[:i] + bytes([whole[i] ^ (1 << bit)]) + whole[i + 1 :])
            assert jit._read(path, b"address") is None
    path.write_bytes(whole + b"x")
    assert jit._read(path, b"address") is None
    assert jit._read(tmp_path / "absent.bin", b"address") is None


def test_a_file_under_another_name_is_not_run(lab: Lab) -> None:
    lab.probe()
    inner, outer = (next(lab.cache.rglob(f"*{name}-*.bin")) for name in ("inner", "outer"))
    shutil.copy(inner, outer)
    assert lab.probe().startswith("12.0 ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_folder_means_no_cache(lab: Lab) -> None:
    lab.cache.mkdir()
    lab.cache.chmod(0o500)
    assert lab.probe() == "12.0 14 0"
    assert lab.probe() == "12.0 14 0"


def test_impossible_folder_means_no_cache(lab: Lab) -> None:
    lab.cache.write_text("a file stands where the folder should")
    assert lab.probe() == "12.0 14 0"
    assert lab.files() == []


def test_two_processes_that_compile_at_once_do_not_disturb_each_other(lab: Lab) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: lab.probe(), range(2)))
    assert [answer.rsplit(" ", 1)[0] for answer in answers] == ["12.0 14"] * 2
    assert lab.probe() == "12.0 14 2"
    assert not list(lab.cache.rglob(".new-*"))


def test_switched_off_compiler_runs_the_same_functions(lab: Lab) -> None:
    code = PROBE.replace("outer.stats.cache_hits.values()", "()").replace(
        "scaled.stats.cache_hits.values()", "()"
    )
    assert lab.probe(code, NUMBA_DISABLE_JIT="1") == "12.0 14 0"


def test_options_that_shape_code_have_their_own_folder(lab: Lab) -> None:
    lab.probe()
    assert lab.probe(NUMBA_BOUNDSCHECK="1") == "12.0 14 0"
    assert lab.probe() == "12.0 14 2"


def test_numbas_own_cache_folder_is_left_alone(lab: Lab) -> None:
    other = lab.folder / "numba"
    lab.probe(NUMBA_CACHE_DIR=str(other))
    assert not other.exists()
    assert lab.files()


def test_source_edited_while_running_is_not_kept(lab: Lab) -> None:
    lab.probe()
    before = lab.files()
    for path in before:
        path.unlink()
    edit = textwrap.dedent("""
        from pathlib import Path
        import twin.kernels.caller
        source = Path(twin.kernels.caller.__file__)
        source.write_text(source.read_text() + "# edited\\n")
    """)
    lab.probe(edit + PROBE)
    assert lab.files() == []


def test_fields_that_changed_places_are_another_address() -> None:
    from typing import NamedTuple

    column = types.Array(types.float64, 1, "C")

    def described(fields: list[str]) -> str | None:
        cls = NamedTuple("State", [(name, object) for name in fields])  # type: ignore[misc]
        return jit._described(types.NamedTuple((column, column), cls))

    assert described(["a", "b"]) != described(["b", "a"])
    assert described(["a", "b"]) == described(["a", "b"])


def test_functions_as_arguments_are_not_kept() -> None:
    from numba import typeof

    @jit.kernel
    def twice(x: float) -> float:
        return 2.0 * x

    assert jit._described(typeof(twice)) is None
    assert jit._described(types.Tuple((types.int64, typeof(twice)))) is None


def test_functions_from_elsewhere_compile_without_cache() -> None:
    @jit.kernel
    def add(x: float, y: float) -> float:
        return x + y

    assert add(1.0, 2.0) == 3.0
    assert add.stats.cache_path is None  # type: ignore[attr-defined]


def test_division_by_zero_does_not_raise() -> None:
    @jit.kernel
    def ratio(x: float, y: float) -> float:
        return x / y

    assert ratio(1.0, 0.0) == np.inf


def test_relative_xdg_cache_home_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TWIN_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert jit.cache_root() == Path.home() / ".cache" / "twin" / "kernels"


def test_old_folders_are_pruned(tmp_path: Path) -> None:
    folders = [tmp_path / f"{i:02d}" for i in range(30)]
    for i, folder in enumerate(folders):
        folder.mkdir()
        os.utime(folder, (i, i))
    jit._prune(folders[0])
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["00", *(f"{i:02d}" for i in range(18, 30))]
