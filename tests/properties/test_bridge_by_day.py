"""The bridge closes at 08:00 on a working day: people are cut off, and none is lost."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.day_towns import CLOSED, DAYS, N, finished
from twin.units import DAY_S

SHUT, OPENS = DAY_S + 8 * 3600.0, DAY_S + 20 * 3600.0


@pytest.fixture(scope="module")
def open_bridge():
    return finished()


@pytest.fixture(scope="module")
def model():
    return finished(DAYS + CLOSED)


def trips_of(model):
    """Return trips with the side of the river on which they begin and end."""
    frame = model.tables()["trips"].to_pandas()
    x = model.city.graph.node_x_mm
    middle = (x.min() + x.max()) / 2
    frame["is_from_east"] = x[frame.origin_node] > middle
    frame["is_to_east"] = x[frame.destination_node] > middle
    frame["crosses"] = frame.is_from_east != frame.is_to_east
    return frame


def test_many_cross_and_nobody_sets_out_across_while_it_is_shut(open_bridge, model):
    always, shut = trips_of(open_bridge), trips_of(model)
    assert (always.crosses & always.depart_s.between(SHUT, OPENS)).sum() > 100
    crossing = shut[shut.crosses & (shut.outcome != "unreachable")]
    assert not crossing.depart_s.between(SHUT, OPENS, inclusive="left").any()


def test_who_is_cut_off_comes_home_the_moment_it_opens(model):
    frame = trips_of(model)
    home = frame[frame.crosses & (frame.purpose == "home")]
    at_once = home[home.depart_s == OPENS]
    assert len(at_once) > 30
    people = model.tables()["residents"].to_pandas().set_index("resident")
    # Each was counted at least once: those who could not come home, and those who could not go.
    assert (people.n_cut_off.loc[at_once.resident] >= 1).all()
    worker_days = people.n_cut_off[people.occupation != "neither"]
    assert worker_days.max() <= 4
    assert people.n_cut_off.sum() < N


def test_nothing_is_counted_without_a_closure(open_bridge):
    assert open_bridge.tables()["residents"]["n_cut_off"].to_numpy().sum() == 0


def test_everybody_is_home_the_night_after(model):
    frame = model.tables()["presence"].to_pandas()
    night = frame[frame.hour_s == 2 * DAY_S + 4 * 3600]
    assert night.n_residents[night.activity == "home"].sum() == N
    assert (frame.groupby("hour_s").n_residents.sum() == N).all()


def test_more_are_away_while_it_is_shut(open_bridge, model):
    away = []
    for one in (open_bridge, model):
        frame = one.tables()["presence"].to_pandas()
        evening = frame[(frame.hour_s == DAY_S + 19 * 3600) & (frame.activity == "work")]
        away.append(evening.n_residents.sum())
    assert away[1] > away[0] + 30


def test_before_it_closes_nothing_differs(open_bridge, model):
    frames = []
    for one in (open_bridge, model):
        frame = one.tables()["trips"].to_pandas()
        frame = frame[frame.depart_s < SHUT].drop(columns="trip_id").astype(str)
        frames.append(frame.sort_values(["resident", "depart_s"]).reset_index(drop=True))
    columns = ["resident", "purpose", "mode", "origin_node", "depart_s", "arrive_s"]
    ways_out = [f[f.purpose != "home"][columns].reset_index(drop=True) for f in frames]
    assert ways_out[0].equals(ways_out[1])


def test_no_number_is_absurd(model):
    for name, table in model.tables().items():
        for column in table.columns:
            if str(column.type) in ("double", "float"):
                assert np.isfinite(column.drop_null().to_numpy()).all(), name
    trips = model.tables()["trips"].to_pandas()
    spent = (trips.arrive_s - trips.depart_s).dropna()
    assert spent.between(0, 3600).all()
    link = model.tables()["link_hours"].to_pandas()
    assert (link.flow > 0).all()
    assert link.delay_s.dropna().abs().max() < 1e-9
    assert link.speed_mps.dropna().between(0.5, 40).all()


def test_the_streets_of_the_bridge_are_empty_while_it_is_shut(model):
    link = model.tables()["link_hours"].to_pandas()
    name = model.city.graph.edge_way == 900
    on_it = link[np.isin(link.edge, np.flatnonzero(name))]
    hour = on_it.hour_s
    assert (hour < SHUT).any()
    # Who set out before eight may still be on the way.
    assert not hour.between(SHUT + 3600, OPENS, inclusive="left").any()
