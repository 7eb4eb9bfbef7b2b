from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import streams
from twin.errors import InputError

WORD = 2**32


@given(st.integers(0, streams.N_DAYS_MAX - 1), st.integers(0, streams.N_SLOTS - 1))
def test_day_and_slot_come_back(day: int, slot: int) -> None:
    word = streams.pack_day_slot(day, slot)
    assert 0 <= word < WORD
    assert streams.unpack_day_slot(word) == (day, slot)


@given(st.integers(0, WORD - 1))
def test_every_word_is_one_day_and_slot(word: int) -> None:
    assert streams.pack_day_slot(*streams.unpack_day_slot(word)) == word


@given(st.integers(0, 2**16 - 1), st.integers(0, 255), st.integers(0, 255))
def test_stream_draw_and_attempt_come_back(stream: int, draw: int, attempt: int) -> None:
    word = streams.pack_stream(stream, draw, attempt)
    assert 0 <= word < WORD
    assert streams.unpack_stream(word) == (stream, draw, attempt)


@given(st.integers(0, WORD - 1))
def test_every_word_is_one_stream_address(word: int) -> None:
    assert streams.pack_stream(*streams.unpack_stream(word)) == word


@given(st.integers(0, streams.N_STRIPS - 1), st.integers(0, streams.N_PER_STRIP - 1))
def test_slots_of_strips_do_not_overlap(strip: int, index: int) -> None:
    slot = streams.pack_slot(strip, index)
    assert divmod(slot, streams.N_PER_STRIP) == (strip, index)
    assert slot < streams.N_SLOTS


@pytest.mark.parametrize(
    ("pack", "values"),
    [
        (streams.pack_day_slot, (streams.N_DAYS_MAX, 0)),
        (streams.pack_day_slot, (0, streams.N_SLOTS)),
        (streams.pack_day_slot, (-1, 0)),
        (streams.pack_slot, (streams.N_STRIPS, 0)),
        (streams.pack_slot, (0, streams.N_PER_STRIP)),
        (streams.pack_stream, (2**16, 0, 0)),
        (streams.pack_stream, (1, 256, 0)),
        (streams.pack_stream, (1, 0, 256)),
        (streams.need_id, (WORD, 0, 0)),
        (streams.split_key, (2**64,)),
        (streams.split_key, (-1,)),
    ],
)
def test_what_does_not_fit_is_refused(pack: object, values: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        pack(*values)  # type: ignore[operator]


@given(
    st.integers(0, WORD - 1),
    st.integers(0, streams.N_DAYS_MAX - 1),
    st.integers(0, streams.N_SLOTS - 1),
)
def test_need_ids_are_unique_and_fit(resident: int, day: int, slot: int) -> None:
    name = streams.need_id(resident, day, slot)
    assert 0 <= name < 2**64
    assert (name >> 32, *streams.unpack_day_slot(name & (WORD - 1))) == (resident, day, slot)


@given(st.integers(0, 2**64 - 1))
def test_keys_come_back(seed: int) -> None:
    low, high = streams.split_key(seed)
    assert low < WORD
    assert high << 32 | low == seed


def test_numbers_of_streams_are_unique_and_never_change() -> None:
    numbers = [stream.number for stream in streams.STREAMS.values()]
    assert len(set(numbers)) == len(numbers)
    assert all(0 < number < 2**16 for number in numbers)
    # Append-only: these may never be given another number.
    given_numbers = {
        "need_count": 1, "need_point": 2, "taste_permanent": 3, "taste_need": 4,
        "forgo_permanent": 5, "forgo_need": 6, "visit_hour": 7, "service_time": 8,
        "household": 16, "person": 17, "queue_arrival": 32, "queue_service": 33, "queue_join": 34,
        "agent": 48, "bootstrap": 49,
        "synth_noise": 64, "synth_cell": 65, "synth_street": 66, "synth_building": 67,
    }  # fmt: skip
    assert {name: streams.STREAMS[name].number for name in given_numbers} == given_numbers


def test_two_streams_with_one_number_are_refused() -> None:
    stream = streams.Stream("a", 1, "", "", "", "")
    other = streams.Stream("b", 1, "", "", "", "")
    with pytest.raises(ValueError, match="share a number"):
        streams._registry(stream, other)


def test_uids_of_strings_never_change() -> None:
    assert streams.uid32("clinic_a/primary_care") == 0x5CFA0E58
    assert streams.uid32("") != streams.uid32(" ")


def test_uids_that_collide_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert streams.checked_uids(["a", "b", "a"], where="here") == {
        "a": streams.uid32("a"),
        "b": streams.uid32("b"),
    }
    monkeypatch.setattr(streams, "uid32", len)
    with pytest.raises(InputError, match="`a` and `b` have the same"):
        streams.checked_uids(["a", "b"], where="here")


def test_real_collisions_exist_and_are_found() -> None:
    seen: dict[int, str] = {}
    for i in range(400_000):
        name = f"facility_{i}"
        other = seen.setdefault(streams.uid32(name), name)
        if other != name:
            with pytest.raises(InputError):
                streams.checked_uids([other, name], where="here")
            return
    pytest.fail("400,000 names have 18 collisions among 2**32 numbers on average")


def test_agents_draw_by_who_and_when() -> None:
    def draw(seed: int, uid: int, clock_us: int) -> list[float]:
        generator = streams.agent_generator(seed, uid, clock_us)
        return [float(value) for value in generator.random(64)]

    assert draw(1, 2, 3) == draw(1, 2, 3)
    first = set(draw(1, 2, 3))
    for other in (draw(2, 2, 3), draw(1, 3, 3), draw(1, 2, 4), draw(1, 2, 2), draw(1, 2, -1)):
        assert first.isdisjoint(other)
    assert set(draw(2**63, 2, 3)).isdisjoint(draw(2**63 + 1, 2, 3))
