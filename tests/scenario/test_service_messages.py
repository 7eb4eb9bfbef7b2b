"""Golden texts: what a planner reads when the sides of a service are wrongly written."""
# ruff: noqa: E501 - golden texts are kept whole

from __future__ import annotations

import pytest

from twin.errors import InputErrors

STAGE = '[[services.stages]]\nid = "{id}"\n{rest}\n'
TIME = 'service_time = {distribution = "exponential", mean_s = 60}'


def stages(*parts):
    """Return a service whose stages are (id, more lines)."""
    return "".join(STAGE.format(id=name, rest=f"{TIME}\n{rest}") for name, rest in parts)


DESK = '[[services]]\nid = "desk"\nneeds_per_year = 1.0\n'

WRONG = {
    "stages beside a service time": (
        stages(("a", "")),
        "services.clinic.service_time: given beside stages",
        "expected: service_time at each stage, and none at the service",
    ),
    "no service time": (
        DESK,
        "services.desk.service_time: missing",
        "expected: service_time: how long a visit keeps a server busy",
    ),
    "two stages of one name": (
        DESK + stages(("a", ""), ("a", "servers = 1")),
        "services.desk.stages: two stages `a`",
        "expected: one stage an id",
    ),
    "two main stages": (
        DESK + stages(("a", ""), ("b", "")),
        "services.desk.stages: stages a, b without `servers`",
        "expected: one stage without `servers`: it is served by the facility's own number",
    ),
    "no main stage": (
        DESK + stages(("a", "servers = 1")),
        "services.desk.stages: `servers` at every stage",
        "expected: one stage without `servers`",
    ),
    "too many stages": (
        DESK + stages(("m", ""), *((f"s{i}", "servers = 1") for i in range(15))),
        "services.desk.stages: 16 stages",
        "expected: at most 15",
    ),
    "next of no stage": (
        DESK + stages(("a", "next = {b = 1.0}")),
        "services.desk.stages: stage `a` leads to `b`",
        "expected: one of a",
    ),
    "shares above one": (
        DESK + stages(("a", "next = {b = 0.7, a = 0.6}"), ("b", "servers = 1")),
        "services.desk.stages: shares after stage `a` sum to 1.3",
        "expected: at most 1; what is missing to 1 leaves",
    ),
    "nobody leaves": (
        DESK + stages(("a", ""), ("b", "servers = 1\nnext = {a = 1.0}")),
        "services.desk.stages: nobody ever leaves from stage `a`",
        "expected: shares in `next` that sum to less than 1 somewhere on the way",
    ),
    "half a balking rule": (
        "balking = {half = 3}\n",
        "services.clinic.balking: balking with half",
        "expected: {at = 20}, or {half = 15, slope = 0.3}",
    ),
    "two balking rules": (
        "balking = {at = 3, half = 3, slope = 1}\n",
        "services.clinic.balking: balking with at, half, slope",
        "expected: {at = 20}, or {half = 15, slope = 0.3}",
    ),
    "patience without spread": (
        'patience = {distribution = "gamma", mean_s = 60}\n',
        "services.clinic.patience: no cv with `gamma`",
        "expected: a cv above 0, for example cv = 0.6",
    ),
    "hours of a shift": (
        '[[services.shifts]]\nhours = "every day"\n',
        "services.clinic.shifts[0].hours:",
        "expected:",
    ),
    "share of a shift": (
        '[[services.shifts]]\nhours = "Mo 08:00-12:00"\nshare = 1.5\n',
        "services.clinic.shifts[0].share: 1.5",
        "expected: 1 or less",
    ),
    "appointments beyond the horizon": (
        "appointments = {slot_s = 600, lead_s = 172800, horizon_days = 1}\n",
        "services.clinic.appointments: lead_s 172800 reaches beyond 1 days",
        "expected: less than horizon_days, or no appointment is ever free",
    ),
    "short slots": (
        "appointments = {slot_s = 1}\n",
        "services.clinic.appointments.slot_s: 1",
        "expected: 60 or more (seconds)",
    ),
    "class of nobody known": (
        '[[services.priorities]]\nwho = "age_band=old"\n',
        "services.clinic.priorities[0].who: `old` is no category of `age_band`",
        "expected: 0-14, 15-59, 60+",
    ),
    "triage": (
        "triage = [0.3, 0.3]\n",
        "services.clinic.triage: shares that sum to 0.6",
        "expected: shares of the degrees of urgency, the most urgent first, that sum to 1",
    ),
    "priority without classes": (
        'queue = "priority"\n',
        "services.clinic: queue `priority` without classes",
        "expected: priorities, triage, or appointments with first = true",
    ),
    "too many classes": (
        f"triage = {[0.05] * 20}\n",
        "services.clinic: 20 classes of priorities and triage together",
        "expected: at most 16",
    ),
    "tries without end": (
        "retry = {share = 0.5, times = 9}\n",
        "services.clinic.retry.times: 9",
        "expected: 7 or less",
    ),
    "referral to no service": (
        '[[services.referrals]]\nto = "hospice"\nshare = 0.1\n',
        "services.clinic.referrals[0].to: unknown service `hospice`",
        "expected: one of clinic",
    ),
    "referral to itself": (
        '[[services.referrals]]\nto = "clinic"\nshare = 0.1\n',
        "services.clinic: a referral to the service itself",
        "expected: another service",
    ),
    "referrals of more than all": (
        '[[services.referrals]]\nto = "a"\nshare = 0.6\n[[services.referrals]]\nto = "b"\nshare = 0.6\n',
        "services.clinic: shares of referrals that sum to 1.2",
        "expected: at most 1",
    ),
    "two referrals to one": (
        '[[services.referrals]]\nto = "a"\nshare = 0.2\n[[services.referrals]]\nto = "a"\nshare = 0.2\n',
        "services.clinic: two referrals to one service",
        "expected: one referral a service",
    ),
    "referrals at different times": (
        '[[services.referrals]]\nto = "a"\nshare = 0.2\n[[services.referrals]]\nto = "b"\nshare = 0.2\nafter_s = 60\n',
        "services.clinic: referrals with different `after_s`",
        "expected: one `after_s` for a service",
    ),
    "eligibility": (
        'eligible = "age=60+"\n',
        "services.clinic.eligible: `age` is no column that groups residents",
        "expected: age_band, sex",
    ),
    "unknown kind": (
        'kind = "hospital"\n',
        "services.clinic.kind: unknown kind of service `hospital`",
        "expected: one of elder_care,",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_sides_of_a_service_are_told(load, case):
    text, where, expected = WRONG[case]
    with pytest.raises(InputErrors) as raised:
        load(text)
    told = [str(error) for error in raised.value.errors]
    assert any(where in words and expected in words for words in told), told
    if "referr" not in case:
        assert len(told) == 1
