"""Named random streams and the addresses of their draws.

A draw is addressed, never consumed: Philox4x32-10 (Salmon et al. 2011) maps a
128-bit counter under a 64-bit key to 128 random bits, and the counter *is* the
question asked ("the taste of resident 17 for clinic 4"). The same question has
the same answer in every scenario, whatever else happened in between.

Key: the 64-bit run seed (the population seed for set-up draws), low word first.
Counter words::

    word 0   resident, place or block   u32
    word 1   day 12 bits | slot 20 bits
    word 2   stream 16 | draw 8 | attempt 8
    word 3   uid of facility, facility-service pair or service   u32

`STREAMS` states what each word holds for each stream. It is append-only: a
number once given is never given again, or the worlds of old results move.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twin.errors import InputError

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

    import numpy as np

DAY_BITS: Final = 12
SLOT_BITS: Final = 20
STREAM_BITS: Final = 16
DRAW_BITS: Final = 8
ATTEMPT_BITS: Final = 8
N_DAYS_MAX: Final = 1 << DAY_BITS
N_SLOTS: Final = 1 << SLOT_BITS

# A slot of a need: the strip it lies in and its number in the strip.
STRIP_BITS: Final = 5
INDEX_BITS: Final = SLOT_BITS - STRIP_BITS
N_PER_STRIP: Final = 1 << INDEX_BITS
BLOCK_BITS: Final = 10
BLOCK_SIZE: Final = 1 << BLOCK_BITS
# Upper edge of the lowest strip in needs per resident and day; each further strip
# doubles the edge. 26 strips reach 32 needs a day; the highest expects 16,384 points a
# block, so that the 32,768 numbers of a strip are exceeded with no probability worth
# the name.
LOWEST_EDGE: Final = 2.0**-20
N_STRIPS: Final = 26
HIGHEST_RATE: Final = LOWEST_EDGE * 2.0 ** (N_STRIPS - 1)
# Latent normals of day factors are cut there, on one day in a billion: rates stay bounded.
DAY_FACTOR_CUT: Final = 6.0


@dataclass(frozen=True)
class Stream:
    """One named stream: its number and what the four counter words hold."""

    name: str
    number: int
    word0: str
    word1: str
    draw: str
    word3: str


_NEED = "day and slot of the need"


def _registry(*streams: Stream) -> dict[str, Stream]:
    numbers = {stream.number for stream in streams}
    if len(numbers) != len(streams):
        message = "two streams share a number"
        raise ValueError(message)
    return {stream.name: stream for stream in streams}


STREAMS: Final = _registry(
    Stream("need_count", 1, "block of residents", "day, pair of strips << 15", "0", "service"),
    Stream("need_point", 2, "block of residents", "day, slot", "0", "service"),
    Stream("taste_permanent", 3, "resident", "0", "0", "facility-service pair"),
    Stream("taste_need", 4, "resident", _NEED, "0", "facility-service pair"),
    Stream("forgo_permanent", 5, "resident", "0", "0", "service"),
    Stream("forgo_need", 6, "resident", _NEED, "0", "service"),
    Stream("visit_hour", 7, "resident", _NEED, "0", "service"),
    Stream("service_time", 8, "resident", _NEED, "rejection round", "service"),
    Stream("day_factor", 9, "number of the date", "0", "0", "service"),
    Stream("shared_day_factor", 10, "number of the date", "0", "0", "word that services share"),
    Stream("household", 16, "household", "0", "number of the question", "0"),
    Stream("person", 17, "resident", "0", "number of the question", "0"),
    Stream("rounding", 18, "type of household or group", "0", "number of the question", "zone"),
    Stream("zone_home", 19, "household's number in its zone", "0", "0", "zone"),
    Stream(
        "zone_person", 20, "resident's number in its zone", "0", "number of the question", "zone"
    ),
    Stream("queue_arrival", 32, "customer", "class", "0", "replication"),
    Stream("queue_service", 33, "customer", "0", "rejection round", "replication"),
    Stream("queue_join", 34, "customer", "class", "0", "replication"),
    Stream("patience", 40, "resident", _NEED, "rejection round", "stage"),
    Stream("balk", 41, "resident", _NEED, "0", "stage"),
    Stream("route", 42, "resident", _NEED, "0", "stage"),
    Stream("referral", 43, "resident", _NEED, "0", "service"),
    Stream("retry", 44, "resident", _NEED, "0", "service"),
    Stream("urgency", 45, "resident", _NEED, "0", "service"),
    Stream("knows_service", 46, "resident", "0", "0", "service"),
    Stream("appointment", 47, "resident", _NEED, "number of the question", "service"),
    Stream("agent", 48, "agent", "0", "0", "0"),
    Stream("bootstrap", 49, "replicate", "0", "0", "0"),
    Stream("nest_taste", 50, "resident", _NEED, "part: of the need, permanent", "nest"),
    Stream("synth_noise", 64, "lattice point of the noise", "0", "field", "0"),
    Stream("synth_cell", 65, "lattice cell", "0", "number of the question", "block or line"),
    Stream("synth_street", 66, "lattice place", "0", "number of the question", "segment"),
    Stream("synth_building", 67, "building", "0", "number of the question", "0"),
    Stream("point", 80, "point", "number of the set of points", "0", "replication"),
    Stream("occupation", 96, "resident", "0", "number of the question", "0"),
    Stream("place_candidate", 97, "resident", "0", "number of the candidate", "kind of place"),
    Stream("place_taste", 98, "resident", "0", "number of the candidate", "kind of place"),
    Stream("school_taste", 99, "resident", "0", "0", "facility"),
    Stream("day_plan", 100, "resident", "day, 0", "number of the question", "0"),
    Stream("tour_taste_permanent", 101, "resident", "0", "0", "mode"),
    Stream("tour_taste", 102, "resident", "day, tour", "0", "mode"),
    Stream("school_lot", 112, "resident", "round of enrolment", "0", "school, or 0 for one lot"),
    Stream("school_liking", 113, "resident", "0", "0", "school"),
    Stream("school_age", 114, "resident", "0", "number of the question", "0 or level"),
    Stream("family_trait", 115, "household", "0", "0", "trait"),
)

NEED_COUNT: Final = STREAMS["need_count"].number
NEED_POINT: Final = STREAMS["need_point"].number
TASTE_PERMANENT: Final = STREAMS["taste_permanent"].number
TASTE_NEED: Final = STREAMS["taste_need"].number
FORGO_PERMANENT: Final = STREAMS["forgo_permanent"].number
FORGO_NEED: Final = STREAMS["forgo_need"].number
VISIT_HOUR: Final = STREAMS["visit_hour"].number
SERVICE_TIME: Final = STREAMS["service_time"].number
DAY_FACTOR: Final = STREAMS["day_factor"].number
SHARED_DAY_FACTOR: Final = STREAMS["shared_day_factor"].number
HOUSEHOLD: Final = STREAMS["household"].number
PERSON: Final = STREAMS["person"].number
ROUNDING: Final = STREAMS["rounding"].number
ZONE_HOME: Final = STREAMS["zone_home"].number
ZONE_PERSON: Final = STREAMS["zone_person"].number
QUEUE_ARRIVAL: Final = STREAMS["queue_arrival"].number
QUEUE_SERVICE: Final = STREAMS["queue_service"].number
QUEUE_JOIN: Final = STREAMS["queue_join"].number
PATIENCE: Final = STREAMS["patience"].number
BALK: Final = STREAMS["balk"].number
ROUTE: Final = STREAMS["route"].number
REFERRAL: Final = STREAMS["referral"].number
RETRY: Final = STREAMS["retry"].number
URGENCY: Final = STREAMS["urgency"].number
KNOWS_SERVICE: Final = STREAMS["knows_service"].number
APPOINTMENT: Final = STREAMS["appointment"].number
NEST_TASTE: Final = STREAMS["nest_taste"].number
AGENT: Final = STREAMS["agent"].number
BOOTSTRAP: Final = STREAMS["bootstrap"].number
SYNTH_NOISE: Final = STREAMS["synth_noise"].number
SYNTH_CELL: Final = STREAMS["synth_cell"].number
SYNTH_STREET: Final = STREAMS["synth_street"].number
SYNTH_BUILDING: Final = STREAMS["synth_building"].number
POINT: Final = STREAMS["point"].number
OCCUPATION: Final = STREAMS["occupation"].number
PLACE_CANDIDATE: Final = STREAMS["place_candidate"].number
PLACE_TASTE: Final = STREAMS["place_taste"].number
SCHOOL_TASTE: Final = STREAMS["school_taste"].number
DAY_PLAN: Final = STREAMS["day_plan"].number
TOUR_TASTE_PERMANENT: Final = STREAMS["tour_taste_permanent"].number
TOUR_TASTE: Final = STREAMS["tour_taste"].number
SCHOOL_LOT: Final = STREAMS["school_lot"].number
SCHOOL_LIKING: Final = STREAMS["school_liking"].number
SCHOOL_AGE: Final = STREAMS["school_age"].number
FAMILY_TRAIT: Final = STREAMS["family_trait"].number


def _checked(name: str, value: int, bits: int) -> int:
    if not 0 <= value < (1 << bits):
        message = f"{name} = {value} does not fit in {bits} bits"
        raise ValueError(message)
    return value


def pack_day_slot(day: int, slot: int) -> int:
    """Return counter word 1; bijective, ranges checked (ValueError)."""
    return _checked("day", day, DAY_BITS) << SLOT_BITS | _checked("slot", slot, SLOT_BITS)


def unpack_day_slot(word: int) -> tuple[int, int]:
    """Return day and slot of counter word 1."""
    return word >> SLOT_BITS, word & (N_SLOTS - 1)


def pack_slot(strip: int, index: int) -> int:
    """Return the slot of the `index`-th need of a strip; bijective, ranges checked (ValueError)."""
    if not 0 <= strip < N_STRIPS:
        message = f"strip = {strip} does not fit: there are {N_STRIPS} strips"
        raise ValueError(message)
    return strip << INDEX_BITS | _checked("index", index, INDEX_BITS)


def pack_stream(stream: int, draw: int = 0, attempt: int = 0) -> int:
    """Return counter word 2; bijective, ranges checked (ValueError)."""
    word = _checked("stream", stream, STREAM_BITS) << (DRAW_BITS + ATTEMPT_BITS)
    word |= _checked("draw", draw, DRAW_BITS) << ATTEMPT_BITS
    return word | _checked("attempt", attempt, ATTEMPT_BITS)


def unpack_stream(word: int) -> tuple[int, int, int]:
    """Return stream, draw and attempt of counter word 2."""
    return word >> 16, (word >> 8) & 0xFF, word & 0xFF


def need_id(resident: int, day: int, slot: int) -> int:
    """Return the name of a need that holds in every scenario of a seed."""
    return _checked("resident", resident, 32) << 32 | pack_day_slot(day, slot)


def split_key(seed: int) -> tuple[int, int]:
    """Return the two 32-bit Philox key words of a 64-bit seed, low word first."""
    _checked("seed", seed, 64)
    return seed & 0xFFFFFFFF, seed >> 32


def uid32(text: str) -> int:
    """Return the 32-bit number of a string id (first bytes of its BLAKE2b)."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "little")


def checked_uids(names: Iterable[str], *, where: str) -> dict[str, int]:
    """Return `uid32` of each name.

    Raises
    ------
    InputError
        If two names share a number: one of them must be renamed, since a
        facility's number may not depend on which others exist.
    """
    owner: dict[int, str] = {}
    for name in names:
        other = owner.setdefault(uid32(name), name)
        if other != name:
            raise InputError(
                where,
                f"the ids `{other}` and `{name}` have the same 32-bit number",
                expected="ids whose numbers differ",
                hint="rename one of the two",
            )
    return {name: uid for uid, name in owner.items()}


def agent_generator(seed: int, uid: int, clock_us: int) -> np.random.Generator:
    """Return a generator for an institution's own draws, keyed by who and when.

    Institutions are few and written in Python by third parties; whatever one
    of them draws, no other draw moves.
    """
    import numpy as np  # noqa: PLC0415 - keeps numpy out of `twin --help`

    low, high = split_key(seed)
    # The generator counts up in the first word: whatever it draws, it never reaches
    # the address of another time.
    counter = np.array([0, clock_us & (2**64 - 1), uid, pack_stream(AGENT)], dtype=np.uint64)
    # Not lists: numpy makes floats of whole numbers from 2**63 on, and seeds coincide.
    key = np.array([low | high << 32, AGENT], dtype=np.uint64)
    bits = np.random.Philox(key=key, counter=counter)
    return np.random.Generator(bits)


def agent_random(seed: int, uid: int, clock_us: int) -> random.Random:
    """Return a standard-library generator for an institution; see `agent_generator`."""
    import random  # noqa: PLC0415 - few need it

    words = agent_generator(seed, uid, clock_us).integers(0, 2**32, size=4)
    return random.Random(sum(int(word) << 32 * i for i, word in enumerate(words)))  # noqa: S311
