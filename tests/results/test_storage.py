"""Tables and JSON on the disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from twin.errors import InputError
from twin.results.storage import read_table, to_json, write_table


@pytest.fixture
def path(tmp_path: Path) -> Path:
    waits = np.random.default_rng(1).random(5000)  # what does not compress, so that it is most
    table = pa.table({"n": list(range(5000)), "wait_s": waits})
    write_table(table, tmp_path / "t.parquet")
    return tmp_path / "t.parquet"


def test_columns_that_are_not_there_are_left_out(path: Path) -> None:
    assert read_table(path, ["n", "absent"]).column_names == ["n"]
    assert read_table(path).num_rows == 5000


def test_a_flipped_bit_is_found(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged table"):
        read_table(path)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone.parquet: no such file"):
        read_table(tmp_path / "gone.parquet")


def test_reading_does_not_import_pandas(path: Path) -> None:
    words = (
        "import sys; from pathlib import Path; from twin.results.storage import read_table; "
        f"read_table(Path({str(path)!r})); sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0


def test_json_refuses_nan() -> None:
    assert to_json({"a": [1, None]}) == '{"a":[1,null]}'
    with pytest.raises(ValueError, match="Out of range"):
        to_json(float("nan"))
