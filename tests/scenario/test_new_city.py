from __future__ import annotations

from pathlib import Path

import pytest

from twin.city.city import City
from twin.errors import InputError
from twin.scenario import new_city
from twin.scenario.compile import compile_scenario
from twin.scenario.load import load_scenario


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_new_city_loads(here: Path) -> None:
    files = new_city.write_city("mytown", Path("scenarios"))
    assert [path.name for path in files] == ["baseline.toml", "more_doctors.toml", "facilities.csv"]
    baseline, more = (load_scenario(path) for path in files[:2])
    assert baseline.map == here / "maps/mytown"
    assert (baseline.name, more.name) == ("baseline", "more_doctors")
    assert more.interventions == ()
    assert baseline.untagged() == []


def test_a_facility_of_the_map_gets_the_doctor(
    here: Path, monkeypatch: pytest.MonkeyPatch, city: City
) -> None:
    del here
    monkeypatch.setattr("twin.city.city.load_city", lambda _path: city)
    monkeypatch.setattr(new_city, "SERVICE", "clinic")
    files = new_city.write_city("mytown", Path("scenarios"), map_folder=Path("maps/other"))
    scenario = load_scenario(files[1])
    (edit,) = compile_scenario(scenario, city).edits
    assert (edit.uid, edit.value) == ("north/clinic", 1)


def test_nothing_is_overwritten(here: Path) -> None:
    del here
    new_city.write_city("mytown", Path("scenarios"))
    with pytest.raises(InputError, match="is there already"):
        new_city.write_city("mytown", Path("scenarios"))


@pytest.mark.parametrize("name", ["", "my town", "../x", "a/b"])
def test_a_name_is_a_name(here: Path, name: str) -> None:
    with pytest.raises(InputError, match="not a name"):
        new_city.write_city(name, Path("scenarios"))
    assert list(here.iterdir()) == []
