# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A first comparison: does a second doctor help, and whom?
#
# Monaco is the city that ships with `twin`: its real streets, its real buildings, as many
# residents as it has, and eleven general practices that are **assumed**, because the map names
# none. What follows is a worked example of the method, not advice to Monaco.
#
# Two futures are run with the same residents, the same needs and the same luck. One thing differs.

# %%
import warnings
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd

import twin

warnings.filterwarnings("ignore", message="IProgress not found")  # a progress bar of Mesa's
ROOT = Path("..")
pd.set_option("display.precision", 3)

# %% [markdown]
# ## The city and the scenario

# %%
city = twin.load_city(ROOT / "maps" / "monaco")
city

# %%
baseline = twin.load_scenario(ROOT / "scenarios" / "monaco" / "baseline.toml")
more_doctors = twin.load_scenario(ROOT / "scenarios" / "monaco" / "more_doctors.toml")
[(each.id, each.kind, each.facility, each.servers) for each in more_doctors.interventions]

# %% [markdown]
# ## One run is a Mesa model
#
# Residents are columns, facilities have managers that are Mesa agents. Let us stop on the first
# Monday at noon and look.

# %%
model = twin.CityModel(city, baseline, seed=1)
model.run(days=5.5)
model

# %%
pd.DataFrame(
    [
        {"facility": m.facility.name, "open": m.is_open, "busy": m.n_busy, "waiting": m.n_waiting}
        for m in model.agents_by_type[twin.FacilityManager]
    ]
)

# %% [markdown]
# Residents answer with the verbs of Mesa's agent sets, on whole columns at once.

# %%
model.run()
residents = model.residents
groups = residents.groupby("registration")
pd.DataFrame({name: groups.agg(name, "sum") for name in ("n_needs", "n_unmet", "wait_s")})

# %% [markdown]
# The tables of a run are Arrow tables; here is how people fared on the way to a doctor.

# %%
visits = model.tables()["visits"].to_pandas()
visits.outcome.value_counts().loc[lambda counts: counts > 0]

# %%
visits[["delay_s", "travel_s", "wait_s"]].describe(percentiles=[0.5, 0.9]).div(60).round(1)

# %% [markdown]
# ## Two futures, paired
#
# Four seeds are enough to see the point: both worlds share every draw that the intervention does
# not reach, so the difference is far less noisy than either world.

# %%
runs = twin.run([baseline, more_doctors], seeds=range(1, 5), out=mkdtemp())
result = twin.compare(runs, baseline="baseline")
pd.DataFrame(result.effect("wait_mean_s", service="primary_care"))[
    ["baseline", "scenario", "difference", "ci_low", "ci_high", "variance_reduction", "verdict"]
]

# %% [markdown]
# A variance reduction of 10 means: with independent seeds ten times as many would be needed for an
# interval of this width.
#
# The questions were written into the scenario file before the run. These are their answers; the
# guard is the change of the unmet share, without which no verdict on waits is shown.

# %%
answers = pd.DataFrame(result.verdicts())
answers["guard"] = [guard and guard["difference"] for guard in answers.guard]
answers[["question_id", "group", "difference", "ci_low", "ci_high", "verdict", "guard"]]

# %% [markdown]
# ## Who gains, who loses
#
# The same resident exists in both worlds, so gains and losses can be counted person by person.

# %%
people = result.residents("more_doctors")[0]
{key: people[key] for key in ("gained", "lost", "unchanged")}

# %%
assert people["gained"] + people["lost"] + people["unchanged"] == len(residents)

# %% [markdown]
# The full report, with a map of gains and losses, is one file that opens offline:
# `result.report("report.html")`, or from a shell
#
# ```sh
# twin compare scenarios/monaco/baseline.toml scenarios/monaco/more_doctors.toml --seeds 1:10
# ```
