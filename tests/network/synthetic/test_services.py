"""Names and places of the facilities of synthetic cities."""

from __future__ import annotations

import pytest

from tests.fixtures.synthetic_towns import CITY, TOWN, made
from twin.network.features import OsmFacility
from twin.network.osm_facilities import services_of
from twin.network.synthetic import services
from twin.network.synthetic.standards import STANDARDS, Standard


@pytest.mark.parametrize("standard", STANDARDS, ids=lambda one: one.kind)
def test_every_standard_leads_to_one_service_and_says_its_source(
    standard: Standard,
) -> None:
    assert len(services_of(dict(standard.tags))) == 1
    assert "assumed" in standard.source or "sourced" in standard.source
    assert standard.residents > 0 or standard.km2 > 0
    assert standard.radius_m > 0


def test_tags_are_those_an_import_would_find() -> None:
    for row in made(CITY).facilities:
        assert services_of(row.tags) == [row.service]
        assert row.tags["name"] == row.name
        assert row.uid.startswith("synthetic/")


def test_doctors_are_as_many_as_the_source_says() -> None:
    rows = [row for row in made(CITY).facilities if row.service == "primary_care"]
    doctors = sum(int(row.tags["staff_count:doctors"]) for row in rows)
    assert doctors / CITY.residents * 1000 == pytest.approx(0.4, rel=0.2)


def test_sites_of_one_kind_are_apart() -> None:
    rows = [row for row in made(TOWN).facilities if row.service == "pharmacy"]
    assert len({(row.lon, row.lat) for row in rows}) == len(rows)


def test_numbers_that_would_be_alike_get_a_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "uid32", len)
    rows = [OsmFacility(f"synthetic/a/{i}", "s", "", 0.0, 0.0, "", {}) for i in range(3)]
    told = [row.uid for row in services._told_apart(rows)]
    assert told == ["synthetic/a/0", "synthetic/a/1x", "synthetic/a/2xx"]
