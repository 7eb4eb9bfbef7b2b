"""A wrong input ends with exit code 2, one message with place and hint, and nothing written.

`CASES` is the table of the ways in which an input can be wrong. Each runs
through the command line in a folder of its own.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from twin.cli import main
from twin.cli.tiny_city import SCENARIO, write_tiny_city

CHECK = ("check", "tiny.toml")
RUN = ("run", "tiny.toml", "--seed", "1", "--out", "out")
COMPARE = ("compare", "tiny.toml", "more.toml", "--seeds", "1:4", "--workers", "2", "--out", "out")
EVERY = (CHECK, RUN, COMPARE)
MORE = 'name = "more"\nextends = "tiny.toml"\n'
HEADER = "op,uid,service,lon,lat,servers,hours\n"
WEST = "add,west,primary_care,7.422,43.733,1,Mo-Fr 09:00-17:00\n"
MAP = "@map@"
"""Stands for the folder of the map in the files of a case."""

Damage = Callable[[Path], None]


@dataclass(frozen=True)
class Wrong:
    """One wrong input: what is run, on which files, and what must be said."""

    name: str
    place: str
    words: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...] = EVERY
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    damage: Damage | None = None


def tiny(*changes: tuple[str, str], more: str = "") -> dict[str, str | bytes]:
    """The scenario with some of its text replaced, and more at its end."""
    text = SCENARIO.replace('map = "map"', f'map = "{MAP}"')
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return {"tiny.toml": text + more}


def table(text: str | bytes) -> dict[str, str | bytes]:
    """The scenario with a facility table."""
    return {**tiny(("[run]", 'facilities_file = "f.csv"\n[run]')), "f.csv": text}


def future(text: str) -> dict[str, str | bytes]:
    return {"other.toml": f'name = "other"\nextends = "tiny.toml"\n{text}'}


def cut(name: str) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).write_bytes((folder / name).read_bytes()[:300])

    return damage


def flipped(name: str) -> Damage:
    def damage(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[len(data) // 3] ^= 0xFF
        (folder / name).write_bytes(bytes(data))

    return damage


def missing(name: str) -> Damage:
    return lambda folder: (folder / name).unlink()


ON_BROKEN = tiny((MAP, "broken"))
WITH_OTHER = (("compare", "tiny.toml", "other.toml", "--out", "out"),)
TO_FILE = ("run", "tiny.toml", "--seed", "1", "--out", "taken")
COMPARE_TO_FILE = ("compare", "tiny.toml", "more.toml", "--seeds", "1:2", "--out", "taken")
ADD_SERVERS = """
[[interventions]]
id = "x"
kind = "add_servers"
facility = "nroth"
servers = 1
from_day = 1
"""
TWICE = """
[[services]]
id = "primary_care"
needs_per_year = 1.0
service_time = {distribution = "exponential", mean_s = 60}
"""
QUESTION = """
[[questions]]
id = "q"
measure = "wait_men_s"
service = "primary_care"
better = "lower"
smallest_effect = 60
"""
BUILD = (("map", "build", "extract.osm.pbf", "--out", "m"),)


def seeds(text: str) -> tuple[tuple[str, ...], ...]:
    return (
        ("run", "tiny.toml", "--seeds", text, "--out", "out"),
        ("compare", "tiny.toml", "more.toml", "--seeds", text, "--out", "out"),
    )


CASES = (
    Wrong(
        "unknown key",
        "tiny.toml:12: population.residnets",
        ("unknown key", "did you mean `residents`?"),
        files=tiny(("residents = 400", "residnets = 400\nresidents = 4")),
    ),
    Wrong(
        "wrong unit",
        "tiny.toml:33: services.primary_care.service_time.mean_s",
        ('"600s"', "a number (seconds)", "write mean_s = 600"),
        files=tiny(("mean_s = 600", 'mean_s = "600s"')),
    ),
    Wrong(
        "text for a number",
        "tiny.toml:12: population.residents",
        ('"many"', "a whole number"),
        files=tiny(("residents = 400", 'residents = "many"')),
    ),
    Wrong(
        "missing map",
        "tiny.toml:3: map",
        ("nowhere: no such map", "twin map build SOURCE --out nowhere"),
        files=tiny((MAP, "nowhere")),
    ),
    Wrong(
        "map that is a file",
        "tiny.toml:3: map",
        ("a file, not a map folder", "twin map build"),
        files=tiny((MAP, "tiny.toml")),
    ),
    Wrong(
        "truncated table of a map",
        "tiny.toml:3: map: broken",
        ("damaged", "edges.parquet", "build the map again"),
        EVERY,
        ON_BROKEN,
        cut("edges.parquet"),
    ),
    Wrong(
        "flipped byte in a map",
        "tiny.toml:3: map: broken",
        ("damaged", "buildings.parquet", "build the map again"),
        EVERY,
        ON_BROKEN,
        flipped("buildings.parquet"),
    ),
    Wrong(
        "missing table of a map",
        "tiny.toml:3: map: broken",
        ("damaged", "nodes.parquet", "build the map again"),
        EVERY,
        ON_BROKEN,
        missing("nodes.parquet"),
    ),
    Wrong(
        "truncated map.json",
        "tiny.toml:3: map: broken/map.json",
        ("is damaged", "build the map again"),
        EVERY,
        ON_BROKEN,
        cut("map.json"),
    ),
    Wrong(
        "damaged map elsewhere",
        "broken",
        ("damaged", "build the map again"),
        (("map", "info", "broken"), ("init", "town", "--map", "broken")),
        damage=cut("edges.parquet"),
    ),
    Wrong(
        "truncated extract",
        "extract.osm.pbf",
        ("not a complete PBF file", "download it again"),
        BUILD,
        {"extract.osm.pbf": b"\0\0\0\x0d\x0a\x09OSMHeader\x18\x7c"},
    ),
    Wrong(
        "empty extract",
        "extract.osm.pbf",
        ("empty", "download the extract again"),
        BUILD,
        {"extract.osm.pbf": b""},
    ),
    Wrong("missing extract", "extract.osm.pbf", ("no such file", "never looked up online"), BUILD),
    Wrong(
        "folder as an extract",
        ".",
        ("is a folder", ".osm.pbf"),
        (("map", "build", ".", "--out", "m"),),
    ),
    Wrong(
        "extract of another kind",
        "extract.shp",
        ("this kind of file is not read", ".osm.pbf"),
        (("map", "build", "extract.shp", "--out", "m"),),
        {"extract.shp": b"x"},
    ),
    Wrong(
        "unknown facility",
        "tiny.toml:52: interventions.x.facility",
        ("unknown facility `nroth`", "did you mean `north`?"),
        files=tiny(more=ADD_SERVERS),
    ),
    Wrong(
        "end before start",
        "shocks.works",
        ("to_day 1 is not after from_day 2", "a to_day above 2"),
        files=tiny(("from_day = 1\nto_day = 2", "from_day = 2\nto_day = 1")),
    ),
    Wrong(
        "nothing measured",
        "tiny.toml:5: run",
        ("leave nothing of days 2", "below days"),
        files=tiny(("days = 2", "days = 2\nwarmup_days = 3")),
    ),
    Wrong(
        "NaN",
        "tiny.toml:32: services.primary_care.needs_per_year",
        ("nan", "a finite number"),
        files=tiny(("60.0", "nan")),
    ),
    Wrong(
        "negative rate",
        "tiny.toml:32: services.primary_care.needs_per_year",
        ("-60.0", "0 or more"),
        files=tiny(("60.0", "-60.0")),
    ),
    Wrong(
        "huge rate",
        "tiny.toml:32: services.primary_care.needs_per_year",
        ("1e+300", "10000 or less"),
        files=tiny(("60.0", "1e300")),
    ),
    Wrong(
        "huge number",
        "tiny.toml:12: population.residents",
        ("99999999999999999999", "4294966272 or less"),
        files=tiny(("residents = 400", "residents = 99999999999999999999")),
    ),
    Wrong(
        "more than the machine holds",
        "tiny.toml:12: population.residents",
        ("a seed needs about", "of this machine", "fewer residents"),
        files=tiny(("residents = 400", "residents = 4000000000")),
    ),
    Wrong(
        "0 residents",
        "tiny.toml:12: population.residents",
        (": 0\n", "1 or more"),
        files=tiny(("residents = 400", "residents = 0")),
    ),
    Wrong(
        "days = 0",
        "tiny.toml:7: run.days",
        (": 0\n", "1 or more"),
        files=tiny(("days = 2", "days = 0")),
    ),
    Wrong(
        "days = 0 as an option",
        "--days",
        ("greater than or equal to 1",),
        (("run", "tiny.toml", "--days", "0", "--out", "out"),),
    ),
    Wrong(
        "date that no calendar has",
        "tiny.toml:6: run.start",
        ("9999-12-31", "a year from 1900 to 2200"),
        files=tiny(("2024-01-08", "9999-12-31")),
    ),
    Wrong(
        "date in quotes",
        "tiny.toml:6: run.start",
        ("a date without quotes", "remove the quotes"),
        files=tiny(("2024-01-08", '"2024-01-08"')),
    ),
    Wrong(
        "duplicate id",
        "tiny.toml:49: services.primary_care",
        ("given twice", "tiny.toml:30", "another name"),
        files=tiny(more=TWICE),
    ),
    Wrong(
        "unknown measure in a question",
        "tiny.toml:51: questions.q.measure",
        ("unknown measure `wait_men_s`", "did you mean `wait_mean_s`?"),
        files=tiny(more=QUESTION),
    ),
    Wrong(
        "unknown street",
        "tiny.toml:45: shocks.works.street",
        ("unknown street `Stret 1`", "did you mean `Street 1`?"),
        files=tiny(("ways = [1]", 'street = "Stret 1"')),
    ),
    Wrong(
        "unknown way",
        "tiny.toml:45: shocks.works.ways",
        ("no street of the map is way 99", "OSM ids"),
        files=tiny(("ways = [1]", "ways = [99]")),
    ),
    Wrong(
        "bad opening hours",
        "tiny.toml:34: services.primary_care.default_hours",
        ("`Mo-Su 8 till 6`: not understood at character 7", "Mo Tu We"),
        files=tiny(("Mo-Su 08:00-18:00", "Mo-Su 8 till 6")),
    ),
    Wrong(
        "seed range that runs backwards",
        "tiny.toml:8: run.seeds",
        ("`20:1` ends before it starts", '"1:20"'),
        files=tiny(("seeds = [1]", 'seeds = "20:1"')),
    ),
    Wrong("seed option that runs backwards", "--seeds", ("`20:1` ends", "1:20"), seeds("20:1")),
    Wrong("seed option that is none", "--seeds", ("`few`", "a range like 1:20"), seeds("few")),
    Wrong("seed option without end", "--seeds", ("at most 100,000 seeds",), seeds("1:99999999")),
    Wrong(
        "TOML syntax",
        "tiny.toml:11",
        ("not TOML: invalid value", "the line reads `seed = = 1`"),
        files=tiny(("seed = 1", "seed = = 1")),
    ),
    Wrong(
        "quotes left open",
        "tiny.toml:2",
        ("does not end on its line", 'the line reads `name = "tiny`'),
        files=tiny(('name = "tiny"', 'name = "tiny')),
    ),
    Wrong(
        "key given twice",
        "tiny.toml:12",
        ("the key is given twice", "the line reads `seed = 2`"),
        files=tiny(("seed = 1", "seed = 1\nseed = 2")),
    ),
    Wrong(
        "extends in a circle",
        "b.toml:2: extends",
        ("tiny.toml -> b.toml -> tiny.toml", "a chain of files that ends"),
        files={
            "tiny.toml": 'name = "a"\nextends = "b.toml"\n',
            "b.toml": 'name = "b"\nextends = "tiny.toml"\n',
        },
    ),
    Wrong(
        "extends nothing",
        "tiny.toml:2: extends",
        ("there is no b.toml", "relative to this one"),
        files={"tiny.toml": 'name = "a"\nextends = "b.toml"\n'},
    ),
    Wrong(
        "duplicate rows",
        "f.csv:3",
        ("a second row for `west`", "the first is at f.csv:2"),
        files=table(HEADER + WEST + WEST),
    ),
    Wrong(
        "NaN in a table",
        "f.csv:2, column `lon`",
        ("`nan`", "degrees between -180 and 180"),
        files=table(HEADER + WEST.replace("7.422", "nan")),
    ),
    Wrong(
        "decimal comma",
        "f.csv:2, column `lon`",
        ("`7,422`", "write a point, not a comma"),
        files=table(HEADER + WEST.replace("7.422", '"7,422"')),
    ),
    Wrong(
        "facility outside the map",
        "f.csv:2, columns `lon`, `lat`",
        ("the nearest street is 139 km away", "within 2 km of a street", "lon first"),
        files=table(HEADER + WEST.replace("7.422,43.733", "8.9,44.4")),
    ),
    Wrong(
        "lon and lat exchanged",
        "f.csv:2, columns `lon`, `lat`",
        ("lon and lat look exchanged",),
        files=table(HEADER + WEST.replace("7.422,43.733", "43.733,7.422")),
    ),
    Wrong(
        "facility outside the map in TOML",
        "tiny.toml:14: facilities.north/primary_care",
        ("the nearest street is", "within 2 km"),
        files=tiny(("lon = 7.422", "lon = 9.9")),
    ),
    Wrong(
        "bad opening hours in a table",
        "f.csv:2, column `hours`",
        ("not understood at character", "Mo Tu We"),
        files=table(HEADER + WEST.replace("09:00-17:00", "9 to 5")),
    ),
    Wrong(
        "unknown column",
        "f.csv:1",
        ("unknown column `srevers`", "did you mean `servers`?"),
        files=table(HEADER.replace("servers", "srevers") + WEST),
    ),
    Wrong(
        "semicolons",
        "f.csv:1",
        ("no comma in the header", "commas between the columns"),
        files=table(HEADER.replace(",", ";")),
    ),
    Wrong(
        "correction of no facility",
        "f.csv:2",
        ("unknown facility `wset`", "use `add`"),
        files=table(HEADER + "set,wset,primary_care,,,2,\n"),
    ),
    Wrong("empty table", "f.csv", ("an empty file", "a header with op, uid"), files=table("")),
    Wrong(
        "table that is not UTF-8",
        "f.csv:2",
        ("byte 0xe9 is not UTF-8", "encoding UTF-8"),
        files=table((HEADER + WEST.replace("west", "wést")).encode("latin-1")),
    ),
    Wrong(
        "missing table",
        "tiny.toml:5: facilities_file",
        ("g.csv: no such file", "relative to this file"),
        files=tiny(("[run]", 'facilities_file = "g.csv"\n[run]')),
    ),
    Wrong(
        "scenario that is not UTF-8",
        "tiny.toml:1",
        ("byte 0xfc is not UTF-8", "encoding UTF-8"),
        files={"tiny.toml": 'name = "Zürich"\n'.encode("latin-1")},
    ),
    Wrong("empty scenario", "tiny.toml", ("is empty", "twin init NAME"), files={"tiny.toml": ""}),
    Wrong(
        "missing scenario",
        "tinny.toml",
        ("cannot be read", "did you mean `tiny.toml`?"),
        (("check", "tinny.toml"), ("run", "tinny.toml", "--out", "out")),
    ),
    Wrong(
        "folder as a scenario",
        ".: is a folder",
        ("a scenario file", "it holds more.toml, tiny.toml"),
        (("check", "."), ("run", ".", "--out", "out")),
    ),
    Wrong(
        "out folder that is a file",
        "taken",
        ("is a file", "name another with --out"),
        (TO_FILE, COMPARE_TO_FILE),
        {"taken": "x"},
    ),
    Wrong(
        "out folder below a file",
        "taken",
        ("taken is a file", "name another with --out"),
        ((*TO_FILE[:-1], "taken/runs"),),
        {"taken": "x"},
    ),
    Wrong(
        "map folder that is something else",
        "taken",
        ("exists and is not a map", "another folder to --out"),
        (("map", "build", "extract.osm.pbf", "--out", "taken"),),
        {"taken/notes.txt": "x", "extract.osm.pbf": b"x"},
    ),
    Wrong(
        "other population",
        "`tiny` and `other`",
        ("another [population]", "they are paired", "extend the baseline"),
        WITH_OTHER,
        future("[population]\nresidents = 401\n"),
    ),
    Wrong(
        "other days",
        "`tiny` and `other`",
        ("differ in [run] days: 2 and 1", "extend the baseline"),
        WITH_OTHER,
        future("[run]\ndays = 1\n"),
    ),
    Wrong(
        "one scenario twice",
        "scenario `tiny`",
        ("listed twice", "different names"),
        (("compare", "tiny.toml", "tiny.toml", "--out", "out"),),
    ),
    Wrong(
        "setting of an unknown key",
        "--set population.residnets=4",
        ("unknown key", "did you mean `residents`?"),
        ((*RUN, "--set", "population.residnets=4"), (*CHECK, "--set", "population.residnets=4")),
    ),
    Wrong(
        "setting that is none",
        "--set population",
        ("not a setting", "key.path=value"),
        ((*RUN, "--set", "population"),),
    ),
    Wrong("unknown command", "twin", ("No such command 'rnu'", "'run'"), (("rnu", "tiny.toml"),)),
    Wrong(
        "no such run",
        "nowhere",
        ("expected: ",),
        (
            ("runs", "show", "nowhere"),
            ("runs", "rm", "nowhere"),
            ("runs", "list", "--out", "nowhere"),
            ("diff", "nowhere", "nowhere"),
            ("report", "nowhere"),
        ),
    ),
    Wrong(
        "init of a missing map",
        "nowhere",
        ("no such map", "twin map build"),
        (("init", "town", "--map", "nowhere"),),
    ),
    Wrong("init of a path", "twin init ../town", ("not a name", "letters"), (("init", "../town"),)),
)


@pytest.fixture(scope="module")
def tiny_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wrong")
    write_tiny_city(folder)
    return folder / "map"


def contents(folder: Path) -> dict[str, str]:
    """Every file and folder below, with a digest of what it holds."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in folder.rglob("*")
    }


def laid_out(case: Wrong, folder: Path, tiny_map: Path) -> None:
    """Write the files of a case."""
    for name, text in {**tiny(), "more.toml": MORE, **case.files}.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        data = text.encode() if isinstance(text, str) else text
        path.write_bytes(data.replace(MAP.encode(), str(tiny_map).encode()))
    if case.damage is not None:
        shutil.copytree(tiny_map, folder / "broken")
        case.damage(folder / "broken")


def said(words: tuple[str, ...]) -> tuple[int, str, str]:
    """Run a command; return its exit code and what it said on both streams."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(list(words))
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_wrong_input(
    case: Wrong, tmp_path: Path, tiny_map: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    laid_out(case, tmp_path, tiny_map)
    before = contents(tmp_path)
    for words in case.commands:
        code, out, err = said(words)
        assert code == 2, (words, err)
        assert out == ""
        assert case.place in err
        for part in case.words:
            assert part in err, (words, err)
        assert "Traceback" not in err
        assert "defect" not in err
        assert str(tmp_path) not in err, "a place is told as the user typed it"
        assert contents(tmp_path) == before, "nothing is written"


def test_out_folder_that_may_not_be_written(
    tmp_path: Path, tiny_map: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    case = Wrong("", "", ())
    laid_out(case, tmp_path, tiny_map)
    # Root may write everywhere: the system's answer is made up.
    monkeypatch.setattr(os, "access", lambda _path, mode, **_: not mode & os.W_OK)
    before = contents(tmp_path)
    for words in (RUN, COMPARE):
        code, out, err = said(words)
        assert (code, out) == (2, "")
        assert err.startswith("out: may not be written to\n")
        assert "name another with --out" in err
    assert contents(tmp_path) == before


def test_names_of_the_table_differ() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
