"""A researcher's notebook: a policy of one's own, compared, checked, and its flights as tables."""

# %% [markdown]
# # A researcher's notebook
#
# A policy of one's own against one that is built in, on the same days, checked by the independent checker, with the
# flights as a data frame. Each `# %%` is a cell; see `planner_notebook.py` for what opens this file.

# %%
import numpy as np

import dronesim

SCENARIO = "scenarios/quickstart.toml"
HOUR = {"horizon.end": "11:00", "demand.orders": 120, "fleet.drones": 15}

# %% [markdown]
# ## A policy
#
# It gets what is known at the moment and answers with decisions. This one serves who has waited longest, with the drone
# that brings the parcel first.


# %%
def soonest(view: dronesim.DispatchView) -> dronesim.Decisions:
    """Give each order that is ready, oldest first, the free drone that delivers it first."""
    decisions = dronesim.Decisions()
    delivery_s = np.where(view.drones.is_free, view.delivery_s, np.inf)
    for order in view.ready:
        row = int(np.flatnonzero(view.orders.order == order)[0])
        column = int(delivery_s[row].argmin()) if delivery_s.shape[1] else 0
        if delivery_s.shape[1] and np.isfinite(delivery_s[row, column]):
            decisions.assign(order, int(view.drones.drone[column]))
            delivery_s[:, column] = np.inf
    return decisions


# %% [markdown]
# ## On the same days
#
# Orders, kitchens and customers are drawn before a day begins, so both policies meet the same ones, and the difference
# is known better than either level.

# %%
found = dronesim.compare(SCENARIO, policies=[soonest, "first-job-first"], set=HOUR, replications=3)
found  # noqa: B018

# %% [markdown]
# ## One day in tables
#
# Tables are Arrow tables. Here: how much longer a flight takes than the straight line at cruise speed.

# %%
day = dronesim.run(SCENARIO, set=HOUR, policy=soonest, tracks=True)
flights = day.tables["legs"].to_pandas().query("outcome == 'landed'")
took_s = flights["landed_s"] - flights["departed_s"]
straight_s = flights["distance_m"] / day.facts["aircraft"]["cruise_mps"]
print(f"{len(flights)} flights; a flight takes {np.mean(took_s / straight_s):.2f} times its way at cruise speed")

# %% [markdown]
# ## Is it true?
#
# A program that shares no model code with the simulator goes over the tables again.

# %%
checked = day.verify()
print(f"{len(checked.checks)} checks, {'no violation' if checked.is_clean else 'violations'}")

# %% [markdown]
# ## On to other tools
#
# GeoParquet for GeoPandas and DuckDB; without a date, times are seconds since local midnight.

# %%
print(day.export("geoparquet", "runs/researcher-flights"))
