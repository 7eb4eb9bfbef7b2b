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
# # A service of your own: from a table to a verdict
#
# Nothing in `twin` knows an office where papers are renewed. A scenario file says what it is: who
# needs it, in which steps it is given, who is called first, who gives up. The two offices and all
# their numbers are **assumed**; streets, homes and the number of residents are Monaco's.

# %%
import warnings
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd

import twin

warnings.filterwarnings("ignore", message="IProgress not found")  # a progress bar of Mesa's
FOLDER = Path("..") / "scenarios" / "papers"
pd.set_option("display.precision", 3)

# %% [markdown]
# ## The service is data

# %%
text = (FOLDER / "today.toml").read_text("utf-8")
first, last = text.index("[[services]]"), text.index("[services.choice]")
print(text[first:last])

# %%
today = twin.load_scenario(FOLDER / "today.toml")
city = twin.load_city(today.map)
pd.DataFrame(
    [
        {"step": stage.id, "minutes": stage.service_time.mean_s / 60, "clerks": stage.servers}
        for stage in today.services[0].stages
    ]
)

# %% [markdown]
# One step names no clerks: those of the office's own row work there, three at each.
#
# ## Where do people wait?
#
# One row of `visits` is one step of one try. A `parent` is the row before it of the same need.

# %%
model = twin.CityModel(city, today, seed=1).run()
visits = model.tables()["visits"].to_pandas()
waits = visits[visits.outcome == "served"].groupby("stage", observed=True).wait_s
(waits.describe(percentiles=[0.5, 0.9])[["count", "mean", "50%", "90%"]] / [1, 60, 60, 60]).round(1)

# %%
hours = model.tables()["facility_hours"].to_pandas()
sums = hours.groupby("stage", observed=True)[["busy_s", "open_servers"]].sum()
(sums.busy_s / 3600 / sums.open_servers).rename("share of time at work").round(2)

# %% [markdown]
# Most of the wait is before the check, while those who register and those who take the fee have
# time. That is a question to ask: what if each of the ten clerks did all three steps?
#
# ## Two changes, each a short file

# %%
print((FOLDER / "one_stop.toml").read_text("utf-8"))

# %%
changes = [twin.load_scenario(FOLDER / f"{name}.toml") for name in ("one_stop", "van")]
runs = twin.run([today, *changes], seeds=range(1, 7), out=mkdtemp())
result = twin.compare(runs, baseline="today")

# %% [markdown]
# The questions stand in `today.toml`, with the smallest effect that would matter, and were written
# before the run. The guard is the change of the unmet share: a wait that is short because people
# stay away is no success.

# %%
answers = pd.DataFrame(result.verdicts())
answers["guard"] = [guard and guard["difference"] for guard in answers.guard]
answers[
    ["scenario_name", "question_id", "group", "difference", "ci_low", "ci_high", "verdict", "guard"]
].round(3)

# %% [markdown]
# One clerk for all steps shortens the wait without one post more. Four more clerks in a van do not:
# whoever prefers its stops waits for the half day on which it comes, and then in line there. How
# much of that holds depends on `delay_per_hour`, what another day is felt to cost: assumed here.
# Vary it.
#
# ## Who gains, who loses

# %%
pd.DataFrame(
    {
        change.name: {
            key: result.residents(change.name)[0][key] for key in ("gained", "lost", "unchanged")
        }
        for change in changes
    }
)

# %%
waits = answers[answers.question_id == "papers_wait"].set_index("scenario_name")
assert waits.verdict["one_stop"] == "better"
assert waits.verdict["van"] != "better"

# %% [markdown]
# The full report is one file that opens offline: `result.report("report.html")`, or from a shell
#
# ```sh
# cd scenarios/papers
# twin compare today.toml one_stop.toml van.toml --seeds 1:10
# ```
