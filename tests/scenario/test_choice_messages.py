"""What a planner reads when choices, fees or nests are wrong."""

from __future__ import annotations

import pytest

from tests.fixtures.small_town import CARE, town
from twin.city.facility_csv import read_facility_csv
from twin.engine.choice_columns import check_choices
from twin.errors import InputError, InputErrors

LOGIT = CARE.replace('rule = "nearest"', 'rule = "logit"\ntravel_per_min = 0.1')


def care(choice, service=""):
    return CARE.replace('rule = "nearest"', choice).replace(
        "[services.choice]", f"{service}\n[services.choice]"
    )


WRONG = {
    "logit": (care('rule = "logit"'), "logit without `travel_per_min`"),
    "huff": (care('rule = "huff"'), "huff without `distance_exponent`"),
    "nested": (
        care('rule = "nested_logit"\ntravel_per_min = 0.1'),
        "nested_logit without `nest_scale`",
    ),
    "not heeded": (
        care('rule = "nearest"\nfee_per_unit = 0.1'),
        "`fee_per_unit` with rule `nearest`, which does not heed it",
    ),
    "exponent": (
        care('rule = "logit"\ntravel_per_min = 0.1\ndistance_exponent = 1.0'),
        'expected: rule = "huff", or no `distance_exponent`',
    ),
    "scale": (
        care('rule = "nested_logit"\ntravel_per_min = 0.1\nnest_scale = 0.0'),
        "nest_scale",
    ),
    "forgo": (
        care('rule = "logit"\ntravel_per_min = 0.1\nforgo_addition = {sex = {male = 1.0}}'),
        "`forgo_addition` without `forgo_utility`",
    ),
    "known column": (
        care('rule = "nearest"\nknown_by = {registratoin = {migrant = 0.5}}'),
        "services.primary_care.choice.known_by.registratoin: unknown column of residents",
    ),
    "known category": (
        care('rule = "nearest"\nknown_by = {registration = {migrants = 0.5}}'),
        "did you mean `migrant`?",
    ),
    "known share": (
        care('rule = "nearest"\nknown_by = {registration = {migrant = 1.5}}'),
        "services.primary_care.choice.known_by.registration.migrant",
    ),
    "fee share": (
        care('rule = "nearest"', "fee_share = {sex = {men = 0.5}}"),
        "services.primary_care.fee_share.sex.men: unknown category of sex `men`",
    ),
    "fee": (care('rule = "nearest"', "fee = -1.0"), "services.primary_care.fee"),
    "waits": (
        care('rule = "logit"\ntravel_per_min = 0.1\nwaits_known = "alive"'),
        "waits_known",
    ),
    "ward": (
        care('rule = "catchment"\ncatchments = {West = "osm/node/70001"}'),
        "services.primary_care.choice.catchments: unknown ward `West`",
    ),
    "no nest": (
        care('rule = "nested_logit"\ntravel_per_min = 0.1\nnest_scale = 0.5'),
        "nested_logit, and no facility of `primary_care` is in a nest",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_once_and_where(name):
    text, words = WRONG[name]
    with pytest.raises((InputError, InputErrors)) as error:
        town(text)
    assert error.value.exit_code == 2
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("x,-1,", "column `fee`: `-1`"),
        ("x,ten,", "expected: an amount of 0 or more: 12.5"),
        ('x,"1,5",', "hint: write a point, not a comma"),
        ("x,inf,", "column `fee`: `inf`"),
        ("x,,Big one", "column `nest`: `Big one`"),
    ],
)
def test_fees_and_nests_of_a_table(tmp_path, cells, words):
    path = tmp_path / "clinics.csv"
    path.write_text(f"op,service,uid,fee,nest\nset,primary_care,{cells}\n", encoding="utf-8")
    with pytest.raises(InputErrors) as error:
        read_facility_csv(path)
    assert words in str(error.value)


def test_fees_and_nests_of_a_table_are_read(tmp_path):
    path = tmp_path / "clinics.csv"
    path.write_text("op,service,uid,fee,nest\nset,primary_care,x,12.5,hospital\n", encoding="utf-8")
    (row,) = read_facility_csv(path)
    assert (row.values["fee"], row.values["nest"]) == (12.5, "hospital")


def test_a_catchment_names_a_facility_of_the_service():
    prep = town(LOGIT)
    wards = ("West",)
    spec = prep.scenario
    choice = spec.services[0].choice.model_copy(
        update={"rule": "catchment", "catchments": {"West": "osm/node/7000"}}
    )
    service = spec.services[0].model_copy(update={"choice": choice})
    changed = spec.model_copy(update={"services": (service,)})
    with pytest.raises(InputError, match="unknown facility `osm/node/7000`") as error:
        check_choices(changed, wards, prep.stations)
    assert "did you mean `osm/node/7000" in str(error.value)
