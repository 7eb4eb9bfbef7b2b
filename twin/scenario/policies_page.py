"""The page of policies, written from their classes."""

from __future__ import annotations

import inspect
import sys
from typing import Final

from twin.scenario.policies.base import BasePolicy
from twin.scenario.policies.registry import OWN
from twin.scenario.reference_page import key_table

COMMAND: Final = "python -m twin.scenario.policies_page > docs/policies.md"
_HEAD: Final = f"""\
# Policies

An intervention is decided before the run, a policy decides during it: at declared times,
on what it has been told. This page is written from the classes: `{COMMAND}`.

```toml
[[policies]]
id            = "lend_doctors"
kind          = "balance_staff"
service       = "primary_care"
from_day      = 5
period_s      = 900             # asked each quarter of an hour
delay_s       = 900             # on how things were a quarter of an hour before
move_delay_s  = 900             # under way a doctor serves nobody
```

## When, and on what

A policy is asked every `period_s` seconds of a day, counted from midnight, from `from_day`
until `to_day`. Several that are due at one time decide in the order of department and id,
none of them seeing what the others decide at that time.

It knows of its facilities what they were `delay_s` seconds ago: whether they were open,
people in line, services under way, servers on duty, the wait that whoever came then would
have had and the wait that was shown. Only with `delay_s = 0` is that the present. The report
is taken at its own time and kept until it is due, so that neither `[run] sync_s` nor threads
nor the order of residents change a result. Before the first report it decides nothing. What
it has itself decided since, it knows at once.

## What comes of it

Decisions become dated edits of `servers`. They stand in the table `edits` with the policy's
id as cause; costs stand in the table `ledger`, one row for each day and item. Whoever moves
leaves at once, is under way for `move_delay_s` and serves nowhere meanwhile; a service that
has begun is still finished. Nobody is added or lost: the servers of all facilities and those
under way add up to the same number at any time. No more leave than there are. On `to_day`
all that the policy has changed is taken back.

A policy that decides nothing changes no bit of a run. Policies draw no random numbers of the
run; `information.rng` is keyed by run seed, policy and time.

If a dated intervention takes servers from a facility that has lent them, there is nobody
left to take: the facility has 0 servers, not fewer. Do not let both act on one facility.

With `department` in place of `service`, staff also change services within the department.

## What it does in Monaco

`scenarios/monaco/balanced_staff.toml`: the 17 doctors of eleven practices, lent for hours;
primary care in the measured week, means over the seeds 1 to 20, unmet needs 2.4 % in all.

| | mean wait | 9 in 10 wait less than |
|---|---|---|
| baseline | 22.9 min | 69 min |
| lent, on reports of now | 18.8 min | 55 min |
| lent, a quarter of an hour old (as shipped) | 19.5 min | 57 min |
| lent, an hour old | 20.4 min | 63 min |
| lent, four hours old | 22.4 min | 69 min |
| lent, a day old | 25.2 min | 76 min |
| lent as shipped, but half an hour under way | 21.7 min | 64 min |
| one doctor more, 43 hours a week (`more_doctors.toml`) | 19.0 min | 57 min |
| counters on call: above 8 waiting, until below 2, on reports of now | 16.8 min | 46 min |

Old reports send doctors to where people waited, and from a certain age on they do harm. The
counters on call took 18 to 23 hours of that week (seeds 1 to 3), of 43 that they were allowed.

## Common to all

"""
_ORDER: Final = ("id", "kind", "title", "from_day", "from_time", "to_day", "to_time")
_SCOPE: Final = ("service", "department", "facility", "period_s", "delay_s")
_OWN: Final = """\

## A policy of your own

Subclass `BasePolicy`, give it a `kind` of its own and `decide`, and name the class as an
entry point of the group `twin.policies`:

```python
from typing import Literal

from twin.scenario.policies import BasePolicy, Decisions, Move


class FollowTheLine(BasePolicy):
    \"\"\"One server goes from the shortest to the longest line.\"\"\"

    kind: Literal["follow_the_line"]

    def decide(self, information, clock_s):
        waiting = information.report.n_waiting
        names = information.roster.names
        longest, shortest = int(waiting.argmax()), int(waiting.argmin())
        if waiting[longest] - waiting[shortest] < 10:
            return Decisions()
        return Decisions((Move(names[shortest], names[longest], delay_s=900.0),))
```

A policy keeps nothing to itself: numbers that it wants to know next time go into
`Decisions(memory={...})` and come back as `information.memory`, so that a run can be stored
and continued. `Move`, `Open` and `Recall` are what can be decided; names that are not on the
roster and times that are not possible end the run with a message that says so.
"""


def policies_page() -> str:
    """Return the Markdown text of the page."""
    lines = [_HEAD, *key_table(BasePolicy, (*_ORDER, *_SCOPE)), "\n## Kinds\n"]
    for model in OWN:
        kind = model.model_fields["kind"].annotation
        own = [name for name in model.model_fields if name not in (*_ORDER, *_SCOPE)]
        (word,) = kind.__args__  # type: ignore[union-attr]
        lines += [f"\n### `{word}`\n\n", inspect.getdoc(model) or "", "\n\n"]
        lines += key_table(model, own)
    return "".join([*lines, _OWN])


if __name__ == "__main__":
    sys.stdout.write(policies_page())
