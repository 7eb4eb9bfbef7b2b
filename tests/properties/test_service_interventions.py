"""What the interventions of services do to people: books, classes, fees, campaigns, one stop."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.fixtures.small_town import CLINIC, ONE_CLINIC, town
from twin.city.edits import Edit
from twin.engine.loop import Engine
from twin.engine.preparation import Preparation
from twin.engine.recorder import all_tables
from twin.errors import InputError

SERVICE = """
[[services]]
id = "primary_care"
needs_per_year = {needs}
{work}
default_servers = 2
default_hours = "Mo-Su 08:00-12:00,14:00-18:00"
{more}
"""
WORK = 'service_time = {distribution = "exponential", mean_s = 300}'
BOOK = "appointments = {slot_s = 3600, per_slot = 2, horizon_days = 4}"
LOGIT = """
[services.choice]
rule = "logit"
travel_per_min = 0.02
forgo_utility = -2.0
fee_per_unit = 0.1
"""
STAGES = """
[[services.stages]]
id = "register"
service_time = {distribution = "exponential", mean_s = 120}
servers = 1
[[services.stages]]
id = "consult"
service_time = {distribution = "exponential", mean_s = 240}
[[services.stages]]
id = "pay"
service_time = {distribution = "exponential", mean_s = 120}
servers = 1
"""


def asked(kind: str, **values: object) -> str:
    lines = ["[[interventions]]", f'id = "{kind}"', f'kind = "{kind}"', "from_day = 0"]
    lines += [f"{key} = {value!r}".replace("'", '"') for key, value in values.items()]
    return "\n".join(lines) + "\n"


def ran(text: str, *, needs: float = 40.0, more: str = "", choice: str = "") -> Engine:
    work = "" if choice == STAGES else WORK
    service = SERVICE.format(needs=needs, more=more, work=work) + choice
    engine = Engine(town(service + ONE_CLINIC + text, residents=1500), 1)
    engine.advance(engine.end_us)
    return engine


def visits(engine: Engine) -> pd.DataFrame:
    return all_tables(engine.state)["visits"].to_pandas()


def people(engine: Engine) -> pd.DataFrame:
    return all_tables(engine.state)["residents"].to_pandas().set_index("resident")


def test_more_appointments_come_sooner_with_the_same_servers() -> None:
    few = visits(ran("", more=BOOK))
    more = ran(asked("add_appointments", service="primary_care", per_slot=28), more=BOOK)
    assert (few.reason == "no_appointment_left").sum() > 20
    assert (visits(more).reason == "no_appointment_left").sum() == 0
    both = few.merge(visits(more), on="need_id", suffixes=("_few", "_more"))
    served = both[(both.outcome_few == "served") & (both.outcome_more == "served")]
    assert served.delay_s_more.mean() < 0.5 * served.delay_s_few.mean()
    state = more.state
    assert state.queues.n_servers.max() == 2
    (door,) = np.flatnonzero(state.books.n_per_slot)
    assert state.books.n_per_slot[door] == 30
    state.apply([state.applied[-1].undone(0.0)])
    assert state.books.n_per_slot[door] == 2


def test_appointments_are_added_to_a_book_only() -> None:
    with pytest.raises(InputError) as error:
        ran(asked("add_appointments", service="primary_care", per_slot=1))
    assert "appointments" in str(error.value)


def test_who_is_called_first_waits_less_and_the_others_more() -> None:
    before = ran("", needs=110.0)
    after = ran(asked("set_priority", service="primary_care", who=["age_band=60+"]), needs=110.0)
    waits = []
    for engine in (before, after):
        table = visits(engine).merge(
            people(engine)["age_band"], left_on="resident", right_index=True
        )
        waits.append(table.groupby("age_band", observed=True).wait_s.mean())
    assert waits[1]["60+"] < 0.5 * waits[0]["60+"]
    assert waits[1]["15-59"] > waits[0]["15-59"]
    state = after.state
    assert state.services.rank_of_group.max() == 1
    state.apply([state.applied[-1].undone(0.0)])
    assert state.services.rank_of_group.max() == 0
    assert state.priority == [""]


def test_classes_wait_for_their_day() -> None:
    text = asked("set_priority", service="primary_care", who=["age_band=60+"])
    before, after = ran("", needs=110.0), ran(text.replace("= 0", "= 2.5"), needs=110.0)
    early = [
        visits(one).query("end_s < 216000").drop(columns="visit_id") for one in (before, after)
    ]
    assert len(early[0]) > 100
    pd.testing.assert_frame_equal(*early)


def test_a_fee_keeps_people_away_and_comes_off_again() -> None:
    free = ran("", choice=LOGIT)
    paid = ran(asked("set_fee", service="primary_care", fee=30.0, to_day=2), choice=LOGIT)
    shares = [
        (visits(one).query("need_s < 172800").outcome == "forgone").mean() for one in (free, paid)
    ]
    assert shares[1] > shares[0] + 0.3
    assert paid.state.choices.fee.max() == 0.0


def test_a_campaign_tells_those_who_did_not_know() -> None:
    knows = LOGIT + "[services.choice.known_by.registration]\nmigrant = 0.4\n"
    quiet = ran("", choice=knows)
    told = ran(asked("inform_residents", service="primary_care", points=60), choice=knows)
    assert (visits(quiet).reason == "does_not_know").sum() > 50
    assert (visits(told).reason == "does_not_know").sum() == 0
    state = told.state
    state.apply([state.applied[-1].undone(0.0)])
    assert state.choices.known_added.max() == 0.0


def test_one_stop_means_one_wait_and_the_same_work() -> None:
    apart = ran("", needs=60.0, choice=STAGES)
    joined = ran(asked("one_stop_service", service="primary_care"), needs=60.0, choice=STAGES)
    tables = [visits(one) for one in (apart, joined)]
    later = tables[1][tables[1].stage != "register"]
    assert (later.wait_s.dropna() == 0.0).all()
    assert tables[0][tables[0].stage != "register"].wait_s.max() > 0.0
    work = [
        table.assign(work=table.end_s - table.start_s).query("outcome == 'served'")
        for table in tables
    ]
    both = work[0].merge(work[1], on=["need_id", "stage"])
    assert len(both) > 300
    np.testing.assert_allclose(both.work_x, both.work_y, atol=1e-6)
    waited = [table.groupby("need_id").wait_s.sum().mean() for table in tables]
    assert waited[1] < waited[0]
    state = joined.state
    assert (state.queues.n_busy == 0).all()
    assert (state.queues.n_waiting == 0).all()


def test_every_need_ends_once_whatever_is_changed_in_the_middle() -> None:
    engine = Engine(
        town(SERVICE.format(needs=45.0, more="", work="") + STAGES + ONE_CLINIC, residents=1500), 1
    )
    moments = [(9.5, True), (11.9, False), (15.3, True)]
    for hour, is_one_stop in moments:
        engine.advance(int(hour * 3.6e9))
        engine.state.apply(
            [Edit(hour * 3600.0, "facilities", CLINIC, "one_stop", "set", is_one_stop, "x")]
        )
    engine.advance(engine.end_us)
    table = visits(engine)
    first, last = table[table.parent < 0], table[~table.visit_id.isin(table.parent)]
    assert len(first) == len(last) > 300
    assert (last.outcome == "served").mean() > 0.9
    prep: Preparation = engine.prep
    assert prep.n_days == 5
