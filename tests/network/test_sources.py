"""What is a path, what is a place, and what is neither."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin.errors import MapError
from twin.network.sources import Wishes, build_map, is_place_name


@pytest.mark.parametrize(
    "words", ["Linyi, Shandong, China", "Porto", "临沂市", "St. Gallen, Switzerland", "  Nice  "]
)
def test_names_of_places(words: str) -> None:
    assert is_place_name(words)


@pytest.mark.parametrize(
    "words",
    ["", "  ", "a.osm", "linyi.osm.pbf", "maps/linyi", "./linyi", "~/linyi", "..", "C:\\linyi",
     "recipe.toml", "net.xml", "/linyi", "linyi.zip"],
)  # fmt: skip
def test_paths_are_never_looked_up(words: str) -> None:
    assert not is_place_name(words)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("a.net.xml", "netconvert -s a.net.xml --plain-output-prefix a"),
        ("a.xlsx", ""),
        ("a", ""),
    ],
)
def test_files_of_another_kind(tmp_path: Path, name: str, hint: str) -> None:
    (tmp_path / name).write_text("x")
    with pytest.raises(MapError, match="this kind of file is not read") as caught:
        build_map(tmp_path / name, name="m")
    assert hint in caught.value.hint
    assert ".osm.pbf" in caught.value.expected


def test_folders_of_another_kind(tmp_path: Path, root: Path) -> None:
    with pytest.raises(MapError, match="it holds no file"):
        build_map(tmp_path, name="m")
    (tmp_path / "node.csv").write_text("x")
    with pytest.raises(MapError, match=r"it holds node\.csv"):
        build_map(tmp_path, name="m")
    with pytest.raises(MapError, match="this is a map already"):
        build_map(root / "maps" / "monaco", name="m")
    with pytest.raises(MapError, match="no such file"):
        build_map(tmp_path / "absent.osm", name="m")


def test_wishes_that_a_source_has_no_use_for(tmp_path: Path) -> None:
    (tmp_path / "a.osm").write_text("<osm/>")
    (tmp_path / "a.toml").write_text("")
    for name, wishes in (
        ("a.osm", Wishes(crs="EPSG:4326")),
        ("a.osm", Wishes(attribution="me, CC0")),
        ("a.toml", Wishes(ward_level="9")),
        ("a.toml", Wishes(home_country="CL")),
        ("a.toml", Wishes(crs="EPSG:4326")),
    ):
        with pytest.raises(MapError, match="has no use for it"):
            build_map(tmp_path / name, name="m", wishes=wishes)
    for wishes in (Wishes(crs="WGS84"), Wishes(crs="+init=x"), Wishes(attribution=" ")):
        with pytest.raises(MapError, match=r"EPSG:32650|whom to name"):
            build_map(tmp_path / "a.osm", name="m", wishes=wishes)
