"""A table of ten facts: what follows from it, what is assumed, what is wrong with it."""

from __future__ import annotations

import math

import pytest

from twin.errors import InputError, InputErrors
from twin.population.facts import KEYS, read_facts, shifted, sizes_with_mean

TABLE = """\
key,value,tag,source
residents,50000,sourced,census
child_share,0.2346,sourced,census
older_share,0.1963,sourced,census
household_size,2.73,sourced,census
female_share,0.49,sourced,census
migrant_share,0.22,assumed,guess
low_income_share,0.4,assumed,
high_income_share,0.1,assumed,
car_share,0.28,assumed,from memory
ebike_share,0.5,derived,
"""


def facts(tmp_path, text):
    path = tmp_path / "facts.csv"
    path.write_text(text, encoding="utf-8")
    return {fact.path: fact for fact in read_facts(path, name="facts.csv")}


def test_ten_rows_make_every_share_they_speak_of(tmp_path):
    found = facts(tmp_path, TABLE)
    assert len(KEYS) == TABLE.count("\n") - 1
    assert found["residents",].value == 50_000
    ages = [found["age_share", band].value for band in ("0-14", "15-59", "60+")]
    assert ages == pytest.approx([0.2346, 0.5691, 0.1963])
    assert found["age_share", "15-59"].tag == "derived"
    income = {band: found["income_share", band].value for band in ("low", "middle", "high")}
    assert income == pytest.approx({"low": 0.4, "middle": 0.5, "high": 0.1})
    cars = {band: found["car_share", band].value for band in income}
    assert math.fsum(income[b] * cars[b] for b in income) == pytest.approx(0.28)
    assert cars["low"] < cars["middle"] < cars["high"]
    assert found["car_share", "low"].tag == "assumed"
    assert found["household_size_share",].tag == "derived"
    assert found["migrant_share",].note == "guess"
    assert found["ebike_share",].note == "facts.csv"


@pytest.mark.parametrize("mean", [1.05, 2.0, 2.73, 5.0])
def test_sizes_have_the_mean(mean):
    shares = sizes_with_mean(mean)
    assert math.fsum(shares) == pytest.approx(1.0)
    assert math.fsum(s * n for n, s in enumerate(shares, start=1)) == pytest.approx(mean)


def test_shifted_shares_have_the_mean_and_keep_the_ratio_of_their_odds():
    before = {"low": 0.35, "high": 0.85}
    after = shifted(before, {"low": 0.7, "high": 0.3}, 0.2)
    assert 0.7 * after["low"] + 0.3 * after["high"] == pytest.approx(0.2)
    odds = [s["high"] / (1 - s["high"]) / (s["low"] / (1 - s["low"])) for s in (before, after)]
    assert odds[0] == pytest.approx(odds[1])


@pytest.mark.parametrize("key", ["child_share", "older_share"])
def test_one_age_alone_leaves_the_usual_ratio_of_the_others_assumed(tmp_path, key):
    found = facts(tmp_path, f"key,value\n{key},0.2\n")
    assert math.fsum(found["age_share", b].value for b in ("0-14", "15-59", "60+")) == 1.0
    told, other = ("0-14", "60+") if key == "child_share" else ("60+", "0-14")
    assert found["age_share", told].tag == "sourced"
    assert found["age_share", other].tag == "assumed"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("key,value\nresident,5\n", "facts.csv:2: unknown key `resident`"),
        ("key,value\nresident,5\n", "did you mean `residents`?"),
        ("key,value\nresidents,5\nresidents,6\n", "facts.csv:3: `residents` stands twice"),
        ("key,value\nresidents,5.5\n", "facts.csv:2: residents: found `5.5`"),
        ("key,value\nfemale_share,51\n", "expected: share of residents, 0 to 1"),
        ("key,value\nfemale_share,half\n", "found `half`"),
        ("key,value,tag\nfemale_share,0.5,known\n", "facts.csv:2: tag: found `known`"),
        ("key,value\nchild_share,0.6\nolder_share,0.5\n", "shares of at most 1 together"),
        ("name,value\nresidents,5\n", "facts.csv: has no column `key`"),
    ],
)
def test_each_mistake_is_told_with_its_place(tmp_path, text, words):
    with pytest.raises((InputError, InputErrors)) as caught:
        facts(tmp_path, text)
    assert words in str(caught.value)
