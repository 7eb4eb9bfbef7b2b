"""The files that ``twin init`` writes: a city folder that runs and explains itself."""

from __future__ import annotations

from dataclasses import dataclass
from string import Template
from typing import Final

FACILITIES: Final = "facilities.csv"
FACILITY_HEADER: Final = (
    "op,uid,service,lon,lat,servers,hours,department,tag,name,waiting_room,eligibility,note\n"
)

_BASELINE: Final = Template("""\
# The city as it is. `twin check` says what is wrong or missing in this file,
# `twin schema` writes its JSON Schema for your editor.
name        = "${name}"
title       = "${city}: as it is"
map         = "${map}"    # a folder made by `twin map build`
facilities_file = "facilities.csv"    # your own rows: add, set or remove what the map says

[run]
start         = 2024-01-10              # date of day 0; holidays come from [calendar]
days          = 14
warmup_days   = 5                       # not measured: queues and habits settle
cooldown_days = 2                       # not measured: who needed late is still served
seeds         = "1:10"                  # ten replications, 1 and 10 included

[calendar]
${calendar}

[population]
seed      = 1                           # the same residents in every run
residents = ${residents}

[travel]
walk_mps    = 1.25
modes       = ["walk", "car"]           # also "bicycle", "bus" (a speed and a wait, no lines)
car_fixed_s = 300                       # parking at both ends

# [traffic]                             # streets by hour: docs/travel.md
# mode = "profile"

# [activities]                          # work, school, errands: docs/activities.md

[[services]]
id              = "${service}"
title           = "${service_title}"
needs_per_year  = 3.06                  # per resident; what arises, not what is served
service_time    = {distribution = "lognormal", mean_s = 600, cv = 0.6}
# kind = "primary_care"                 # values for all that is not said here: docs/services.md
default_servers = 1                     # for facilities whose row says nothing
default_hours   = "Mo-Fr 08:30-12:00,14:00-18:00; PH off"
at_closing      = "drain"               # who waits at closing is still served
cutoff_s        = 3600                  # nobody travels longer
expected_wait_s = 900                   # what people expect who have not been told
hour_weight     = [
  0.2, 0.2, 0.2, 0.2, 0.2, 0.3, 0.6, 1.2, 2.0, 2.4, 2.2, 1.6,
  1.0, 1.0, 1.4, 1.5, 1.5, 1.4, 1.1, 0.8, 0.6, 0.4, 0.3, 0.2,
]

[services.need_multiplier.age_band]     # a category not named has 1
"0-14"  = 0.8
"15-59" = 0.7
"60+"   = 1.7

[services.choice]
rule             = "logit"
travel_per_min   = 0.12                 # utility lost per minute of travel
wait_per_min     = 0.04                 # ... of expected wait
delay_per_hour   = 0.05                 # ... per hour until it opens
forgo_utility    = -4.0                 # utility of not going at all
taste_permanence = 0.5                  # half of the taste stays from need to need

[measures]
unmet_equivalent_s = 86400              # an unmet need weighs like a day: more than coming costs
smallest_effect_s  = 30                 # a resident gains or loses from here on

[[questions]]                           # written before the run
id              = "wait"
measure         = "wait_mean_s"
service         = "${service}"
better          = "lower"
smallest_effect = 60

[tags]                                  # sourced | derived | assumed | fitted; see `twin check`
population = "assumed"
travel     = "assumed"
services   = "assumed"
measures   = "assumed"
# "services.${service}.needs_per_year" = {tag = "sourced", source = "health report 2023"}
""")

_INTERVENTION: Final = Template("""\
# One intervention. Everything not named here comes from the baseline.
name    = "more_doctors"
title   = "One more doctor"
extends = "baseline.toml"

${note}${mark}[[interventions]]
${mark}id       = "one_more"
${mark}kind     = "add_servers"                # `docs/interventions.md` lists the kinds
${mark}facility = "${facility}"
${mark}service  = "${service}"
${mark}servers  = 1
${mark}from_day = 5                            # counted from 0: the first measured day

# [[shocks]]                              # streets that close: docs/travel.md
# id        = "closed"
# kind      = "close_street"
# area      = [[LON, LAT], [LON, LAT], [LON, LAT]]    # or street = "its name"
# from_day  = 5
# from_time = "08:00"
""")


_FIRST_A_ROW: Final = (
    "# Add a row to facilities.csv first, then take the marks away from the lines below.\n"
)


@dataclass(frozen=True)
class NewCity:
    """What the files of a new city folder need to know.

    Parameters
    ----------
    name
        Name of the city.
    map_path
        Map folder as seen from the new folder.
    residents
        How many people live there.
    country
        ISO code for holidays; empty if unknown.
    facility
        A facility of the map to add a doctor to; empty if there is none yet.
    """

    name: str
    map_path: str
    residents: int
    country: str = ""
    facility: str = ""
    service: str = "primary_care"

    def files(self) -> dict[str, str]:
        """Return the text of each file by its name."""
        words = {
            "name": "baseline",
            "city": self.name,
            "map": self.map_path,
            "residents": str(self.residents),
            "service": self.service,
            "service_title": self.service.replace("_", " ").capitalize(),
            "calendar": f'country = "{self.country}"' if self.country else '# country = "CN"',
            "facility": self.facility or "practice_north",
            "mark": "" if self.facility else "# ",
            "note": "" if self.facility else _FIRST_A_ROW,
        }
        return {
            "baseline.toml": _BASELINE.substitute(words),
            "more_doctors.toml": _INTERVENTION.substitute(words),
            FACILITIES: FACILITY_HEADER,
        }
