"""A planner's notebook: one hour looked at, tried with other fleets, and handed on to colleagues."""

# %% [markdown]
# # A planner's notebook
#
# An hour of a district, looked at, tried with other fleets, and handed on as files that colleagues open. Each `# %%` is
# a cell: Jupyter (by jupytext), VS Code, PyCharm and Spyder open this file as a notebook, and
# `python examples/planner_notebook.py` runs it as it is. It writes into `runs/planner`.

# %%
from pathlib import Path

import dronesim

SCENARIO = "scenarios/quickstart.toml"
HOUR = {"horizon.end": "11:00", "demand.orders": 120, "fleet.drones": 30}
DAY = {"horizon.date": "2026-06-01", "horizon.zone": "Asia/Shanghai"}
OUT = Path("runs/planner")

# %% [markdown]
# ## One day
#
# The last expression of a cell is shown: the answer of the day as a table, then its map.

# %%
day = dronesim.run(SCENARIO, set=HOUR | DAY, tracks=True, out=OUT / "day", report=False)
day  # noqa: B018

# %%
picture = day.map()
picture.save(OUT / "map.png")
picture  # noqa: B018

# %% [markdown]
# ## Is that by chance?
#
# The same network on a few more days, with the interval of every figure.

# %%
days = dronesim.repeat(SCENARIO, set=HOUR, replications=3)
share = days.figures["service.share"]
print(f"on time: {share.mean:.1%} ({share.low:.1%} to {share.high:.1%})")

# %% [markdown]
# ## What do more drones bring?

# %%
curve = dronesim.sweep(SCENARIO, set=HOUR, vary={"fleet.drones": [10, 30]}, replications=2, out=OUT / "fleets")
curve  # noqa: B018

# %% [markdown]
# ## Files for colleagues
#
# QGIS opens the GeoPackage, Google Earth the KML, a spreadsheet the workbook of the sweep.

# %%
for form in ("gpkg", "kml"):
    print(day.export(form, OUT / f"day.{form}"))
