"""Needs by group, month, weekday, hour, kind of day, table and chance: rates as written."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from scipy import stats

from tests.fixtures.two_blocks import build_two_blocks
from twin.city.calendar import Calendar
from twin.city.city import load_city
from twin.engine.day_chance import day_chance_of
from twin.engine.demand import demand_of
from twin.engine.preparation import prepare
from twin.kernels.demand import draw_needs, new_scratch
from twin.model.city_model import CityModel
from twin.population.groups import cell_column, group_mask
from twin.scenario.load import load_scenario
from twin.scenario.services.needs import MONTH_DAYS
from twin.streams import split_key
from twin.units import HOUR_US

HEAD = """
name = "needs"
map = "{map}"
[run]
start = {start}
days = {days}
[population]
seed = 3
residents = 1500
[travel]
modes = ["walk"]
[[services]]
id = "primary_care"
needs_per_year = 40.0
service_time = {{distribution = "exponential", mean_s = 300}}
default_servers = 3
"""
MONTHS = "month_weight = [3, 2.5, 2, 1.5, 1, 1, 0.5, 0.5, 1, 1.5, 2, 2.5]\n"
WEEK = "weekday_weight = [1.5, 1.2, 1, 1, 1, 0.5, 0.3]\n"
HOURS = f"hour_weight = {[0] * 8 + [4, 3, 2, 1] + [1] * 6 + [0] * 6}\n"
OFF_HOURS = f"weekend_hour_weight = {[0] * 10 + [1, 2, 3] + [0] * 11}\n"
CROSSED = '[[services.need_factor]]\nwho = "age_band=60+,has_car=false"\nfactor = 3.0\n'


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return build_two_blocks(tmp_path_factory.mktemp("town"))


@pytest.fixture
def spec_of(town, tmp_path):
    def made(text="", *, days=14, start="2023-01-02", name="needs"):
        path = tmp_path / f"{name}.toml"
        path.write_text(HEAD.format(map=town, days=days, start=start) + text, encoding="utf-8")
        return load_scenario(path)

    return made


def demand(spec, *, n=1):
    calendar = Calendar(spec.calendar, spec.run.start, spec.run.days)
    return demand_of(spec, np.arange(n, dtype=np.uint32), calendar)


def drawn(spec, *, n=3_000, seed=7):
    """Return day, hour and cell of the needs of `n` residents, cell by cell in turn."""
    found = demand(spec, n=n)
    chance = day_chance_of(spec, seed)
    n_cells = found.rate_of_group.shape[1]
    cell = (np.arange(n) % n_cells).astype(np.uint16)
    low, high = split_key(seed)
    parts = []
    for day in range(spec.run.days):
        room = 10 * n
        time = np.empty(room, dtype=np.int64)
        row, slot = np.empty((2, room), dtype=np.int32)
        k = draw_needs(
            time, row, slot, new_scratch(), found.blocks, cell,
            found.rate_of_group[0] * (found.day_factor[0, day] * chance[0, day]),
            found.hours(0, day), found.strips(chance), day, int(found.service_uid[0]), low, high,
        )  # fmt: skip
        assert k <= room
        parts.append((np.full(k, day), time[:k] // HOUR_US % 24, cell[row[:k]]))
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))


def fits(counts, expected):
    """Chi-square of counts against Poisson means."""
    counts, expected = np.asarray(counts), np.asarray(expected)
    assert counts[expected == 0].sum() == 0
    keep = expected > 0
    statistic = ((counts[keep] - expected[keep]) ** 2 / expected[keep]).sum()
    p_value = stats.chi2(keep.sum()).sf(statistic)
    return bool(p_value > 1e-4)


def test_a_year_keeps_its_needs_whatever_the_months_weigh(spec_of):
    factor = demand(spec_of(MONTHS, days=364)).day_factor[0]
    assert demand(spec_of(MONTHS, days=365, start="2023-01-01")).day_factor[0].mean() == (
        pytest.approx(1.0, rel=1e-12)
    )
    assert factor.max() / factor.min() == pytest.approx(6.0)


def test_needs_follow_months_and_weekdays(spec_of):
    spec = spec_of(MONTHS + WEEK, days=365, start="2023-01-01")
    day, _, _ = drawn(spec, n=1_000)
    dates = [dt.date(2023, 1, 1) + dt.timedelta(days=int(d)) for d in range(365)]
    month = np.array([date.month - 1 for date in dates])
    weekday = np.array([date.weekday() for date in dates])
    by_month = np.array([3, 2.5, 2, 1.5, 1, 1, 0.5, 0.5, 1, 1.5, 2, 2.5])
    by_month /= np.average(by_month, weights=MONTH_DAYS)
    by_weekday = np.array([1.5, 1.2, 1, 1, 1, 0.5, 0.3])
    by_weekday /= by_weekday.mean()
    expected = 1_000 * 40 / 365 * by_month[month] * by_weekday[weekday]
    counts = np.bincount(day, minlength=365)
    assert fits(np.bincount(month, counts), np.bincount(month, expected))
    assert fits(np.bincount(weekday, counts), np.bincount(weekday, expected))
    assert fits(counts, expected)


def test_weekends_and_holidays_have_hours_of_their_own(spec_of):
    spec = spec_of(HOURS + OFF_HOURS + "[calendar]\nholidays = [2023-01-04]\n")
    day, hour, _ = drawn(spec)
    off = np.isin(day, [2, 5, 6, 12, 13])
    weight = np.array([0] * 8 + [4, 3, 2, 1] + [1] * 6 + [0] * 6)
    assert fits(np.bincount(hour[~off], minlength=24), weight / weight.sum() * (~off).sum())
    weekend = np.array([0] * 10 + [1, 2, 3] + [0] * 11)
    assert fits(np.bincount(hour[off], minlength=24), weekend / 6 * off.sum())
    # How many needs a day has is not said by its hours.
    assert fits(np.bincount(day, minlength=14), np.full(14, 3_000 * 40 / 365))


def test_crossed_groups_need_more_on_top_of_their_columns(spec_of):
    spec = spec_of(CROSSED + "[services.need_multiplier.age_band]\n'60+' = 2.0\n")
    _, _, cell = drawn(spec)
    n_cells = demand(spec).rate_of_group.shape[1]
    old = cell_column("age_band") == 2
    factor = np.where(old, 2.0, 1.0) * np.where(group_mask("age_band=60+,has_car=false"), 3.0, 1)
    residents = np.bincount(np.arange(3_000) % n_cells, minlength=n_cells)
    expected = residents * factor * 14 * 40 / 365
    counts = np.bincount(cell, minlength=n_cells)
    assert fits(counts, expected)


def test_kinds_of_day_and_tables_multiply(spec_of, tmp_path, town):
    (tmp_path / "flu.csv").write_text("factor,date\n2.0,2023-01-03\n0,2023-01-05\n")
    (tmp_path / "rain.csv").write_text("date,factor\n2023-01-03,1.5\n")
    spec = spec_of(
        "kind_weight = {term = 0.5, fair = 4}\n"
        "[calendar]\nholidays = [2023-01-03]\n"
        "[[calendar.kinds]]\nid = 'term'\nspells = [[2023-01-03, 2023-01-04]]\n"
        "[[calendar.kinds]]\nid = 'fair'\ndates = [2023-01-04]\n"
        "[[calendar.factor_tables]]\nid = 'flu'\nfile = 'flu.csv'\nservices = ['primary_care']\n"
        "[[calendar.factor_tables]]\nid = 'rain'\nfile = 'rain.csv'\n",
        days=5,
    )
    factors = prepare(load_city(town), spec).demand.day_factor[0]
    np.testing.assert_allclose(factors, [1.0, 0.5 * 2 * 1.5, 0.5 * 4, 0.0, 1.0])


def test_services_share_their_good_and_bad_days_if_they_say_so(spec_of):
    other = HEAD[HEAD.index("[[services]]") :].replace("{{", "{").replace("}}", "}")
    other = other.replace("primary_care", "dentist")
    words = "day_factor = {cv = 0.2, autocorrelation = 0.5, shared = 'winter'}\n"
    apart = "day_factor = {cv = 0.2, autocorrelation = 0.5}\n"
    both = day_chance_of(spec_of(words + other + words, days=300), 1)
    np.testing.assert_array_equal(both[0], both[1])
    own = day_chance_of(spec_of(apart + other + apart, days=300), 1)
    assert abs(np.corrcoef(own[0], own[1])[0, 1]) < 0.25


def test_a_factor_belongs_to_its_date_not_to_the_run(spec_of):
    words = "day_factor = {cv = 0.3, autocorrelation = 0.8}\n"
    long = day_chance_of(spec_of(words, days=60), 3)
    late = day_chance_of(spec_of(words, days=10, start="2023-01-12"), 3)
    np.testing.assert_array_equal(late[0], long[0, 10:20])


def chain(spec, seed=1):
    return CityModel(load_city(spec.map), spec, seed).run().hash_chain


def test_ones_change_no_bit(spec_of, tmp_path):
    dates = [dt.date(2023, 1, 2) + dt.timedelta(days=d) for d in range(4)]
    rows = "".join(f"{date},1\n" for date in dates)
    (tmp_path / "ones.csv").write_text(f"date,factor\n{rows}")
    hours = [1, 2, 3, 4] * 6
    plain = chain(spec_of(f"hour_weight = {hours}\n", days=4))
    ones = (
        f"hour_weight = {hours}\nweekend_hour_weight = {hours}\n"
        f"month_weight = {[7] * 12}\nkind_weight = {{term = 1}}\n"
        "day_factor = {cv = 0, autocorrelation = 0.5}\n"
        "[[services.need_factor]]\nwho = 'sex=female,has_car=true'\nfactor = 1\n"
        "[[calendar.kinds]]\nid = 'term'\ndates = [2023-01-03]\n"
        "[[calendar.factor_tables]]\nid = 'ones'\nfile = 'ones.csv'\n"
    )
    assert chain(spec_of(ones, days=4)) == plain


def needs_of(spec, seed=1):
    model = CityModel(load_city(spec.map), spec, seed).run()
    return model.tables()


def test_days_of_more_need_only_add_needs(spec_of):
    few = needs_of(spec_of())
    more = needs_of(
        spec_of(CROSSED + "[calendar]\n[[calendar.kinds]]\nid='x'\ndates=[2023-01-03]\n")
    )
    before = set(few["visits"]["need_id"].to_pylist())
    after = set(more["visits"]["need_id"].to_pylist())
    assert before < after


def test_a_days_factor_uncovers_needs_and_redraws_none(spec_of):
    tables = [needs_of(spec_of(f"day_factor = {{cv = {cv}}}\n")) for cv in (0.0, 0.5)]
    chance = np.array(tables[1]["need_days"]["chance_factor"].to_pylist())
    assert set(tables[0]["need_days"]["chance_factor"].to_pylist()) == {1.0}
    assert chance.min() < 0.9
    assert chance.max() > 1.1
    by_day = []
    for table in tables:
        visits = table["visits"].to_pandas()
        day = (visits.need_s // 86_400).astype(int)
        by_day.append([set(visits.need_id[day == d]) for d in range(14)])
    for plain, changed, factor in zip(*by_day, chance, strict=True):
        assert plain <= changed if factor >= 1.0 else changed <= plain


def test_the_table_of_days_counts_the_needs(spec_of):
    spec = spec_of(WEEK + "day_factor = {cv = 0.2}\n")
    model = CityModel(load_city(spec.map), spec, 1)
    assert model.tables()["need_days"].num_rows == 0
    model.run(days=3.5)
    days = model.tables()["need_days"].to_pandas()
    visits = model.tables()["visits"].to_pandas()
    assert days.day_s.tolist() == [0.0, 86_400.0, 172_800.0, 259_200.0]
    assert days.date.tolist() == [dt.date(2023, 1, 2 + d) for d in range(4)]
    assert days.n_needs.sum() == len(visits)
    counted = np.bincount((visits.need_s // 86_400).astype(int), minlength=4)
    assert days.n_needs.tolist() == counted.tolist()
    np.testing.assert_allclose(days.calendar_factor[0], 1.5 * 7 / 6.5)
