from __future__ import annotations

from pathlib import Path

import pytest

from twin.city.facility_csv import read_facility_csv
from twin.errors import InputError, InputErrors

HEADER = "op,uid,service,lon,lat,servers,hours,department,tag,name,waiting_room,eligibility,note"


def written(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "clinics.csv"
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return path


def errors_of(path: Path) -> tuple[InputError, ...]:
    with pytest.raises(InputErrors) as caught:
        read_facility_csv(path)
    return caught.value.errors


def test_reads_every_column(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'add,clinic_a,primary_care,7.42,43.73,2,"Mo-Fr 08:00-12:00,14:00-18:00",health,derived,'
        "Clinic A,12,age_band=60+,seen on site",
        "",
        "remove,osm/node/1,,,,,,,,,,,closed in May",
    )
    added, removed = read_facility_csv(path)
    assert (added.op, added.uid, added.service) == ("add", "clinic_a", "primary_care")
    assert added.values == {
        "lon": 7.42,
        "lat": 43.73,
        "servers": 2,
        "hours": "Mo-Fr 08:00-12:00,14:00-18:00",
        "department": "health",
        "tag": "derived",
        "name": "Clinic A",
        "waiting_room": 12,
        "eligibility": "age_band=60+",
        "note": "seen on site",
        "source": "clinics.csv:2",
    }
    assert (removed.op, removed.values) == ("remove", {"note": "closed in May"})
    assert removed.where == f"{path}:4"


def test_few_columns_in_any_order_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "clinics.csv"
    path.write_bytes("\ufeffuid,op,servers,service\r\nx,set,3,\r\n".encode())
    (row,) = read_facility_csv(path)
    assert row.values == {"servers": 3, "source": "clinics.csv:2"}


def test_only_a_header_is_no_row(tmp_path: Path) -> None:
    assert read_facility_csv(written(tmp_path)) == ()


CELLS = [
    ("ad,a,x,1,2,,,,", "op", "`ad`", "did you mean `add`?"),
    (",a,x,1,2,,,,", "op", "``", ""),
    ("add,,x,1,2,,,,", "uid", "empty", ""),
    ("add,a b,x,1,2,,,,", "uid", "`a b`", ""),
    ("add,a,Primary Care,1,2,,,,", "service", "`Primary Care`", ""),
    ("add,a,x,nan,2,,,,", "lon", "`nan`", ""),
    ("add,a,x,181,2,,,,", "lon", "`181`", "longitude first"),
    ("add,a,x,1,91,,,,", "lat", "`91`", "longitude first"),
    ('add,a,x,"7,42",2,,,,', "lon", "`7,42`", "write a point"),
    ("add,a,x,east,2,,,,", "lon", "`east`", ""),
    ("add,a,x,1,2,-1,,,", "servers", "`-1`", "use `remove`"),
    ("add,a,x,1,2,2.5,,,", "servers", "`2.5`", ""),
    ("add,a,x,1,2,1e9,,,", "servers", "`1e9`", ""),
    ("add,a,x,1,2,9999999,,,", "servers", "`9999999`", ""),
    ("add,a,x,1,2,,Mo-Fr 9-12,,", "hours", "at character 7", ""),
    ("add,a,x,1,2,,,Health Office,", "department", "`Health Office`", ""),
    ("add,a,x,1,2,,,,asumed", "tag", "`asumed`", "did you mean `assumed`?"),
    ("remove,a,x,,,3,,,", "servers", "a value on a removed row", "use `set`"),
]


@pytest.mark.parametrize(("line", "column", "found", "hint"), CELLS)
def test_a_wrong_cell_is_named(
    tmp_path: Path, line: str, column: str, found: str, hint: str
) -> None:
    path = written(tmp_path, "set,fine,,,,1,,,", line, header=",".join(HEADER.split(",")[:9]))
    (error,) = errors_of(path)
    assert error.where == f"{path}:3, column `{column}`"
    assert found in error.found
    assert hint in error.hint
    assert error.expected


def test_all_wrong_cells_are_told_at_once(tmp_path: Path) -> None:
    header = "op,uid,service,lon,lat,servers"
    path = written(tmp_path, "add,a,x,400,2,-1", "sett,b,,,,", header=header)
    assert [error.where.split(":")[-1] for error in errors_of(path)] == [
        "2, column `lon`",
        "2, column `servers`",
        "3, column `op`",
    ]


@pytest.mark.parametrize(
    ("text", "line", "found", "hint"),
    [
        ("", "", "an empty file", ""),
        ("op;uid;service\nadd;a;x\n", ":1", "no comma", "commas between"),
        ("op,uid,service,server\n", ":1", "unknown column `server`", "did you mean `servers`?"),
        ("op,uid,service,remark\n", ":1", "unknown column `remark`", "`note`"),
        ("op,service\n", ":1", "no column `uid`", ""),
        ("op,uid,service,op\n", ":1", "`op` stands twice", ""),
        ("op,uid,service\nset,a\n", ":2", "2 cells", "double quotes"),
        ('op,uid,service,note\nset,a,,"two\nlines"\nset,b\n', ":4", "2 cells", ""),
        ("op,uid,service\nset,\0,\n", ":2", "a zero byte", ""),
    ],
)
def test_a_file_that_is_no_such_table(
    tmp_path: Path, text: str, line: str, found: str, hint: str
) -> None:
    path = tmp_path / "clinics.csv"
    path.write_text(text, encoding="utf-8")
    (error,) = errors_of(path)
    assert error.where == f"{path}{line}"
    assert found in error.found
    assert hint in error.hint


def test_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "clinics.csv"
    path.write_bytes(b"op,uid,service,name\nadd,a,x,Caf\xe9\n")
    (error,) = errors_of(path)
    assert error.where == f"{path}:2"
    assert error.found == "byte 0xe9 is not UTF-8"


def test_a_missing_file(tmp_path: Path) -> None:
    written(tmp_path)
    (error,) = errors_of(tmp_path / "clinic.csv")
    assert error.hint == "did you mean `clinics.csv`?"
