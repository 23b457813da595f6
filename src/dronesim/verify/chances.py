"""Checks what went wrong by chance: it is drawn again from the rates and the seed, in the air and on the ground."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dronesim.verify.aloft_drawn import in_the_air
from dronesim.verify.ground_drawn import on_the_ground
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, listed, settle, skipped
from dronesim.verify.stated import has_scenario, stated

_NAME: Final = "faults as drawn"


def chances(run: Run) -> Check:
    """Drones fail, turn back and divert at their flight-hours, and sites and units fail when and as long as drawn."""
    if not has_scenario(run):
        return skipped(_NAME, "the run has not kept its scenario")
    scenario = stated(run)
    faults = scenario.get("faults", {})
    if "horizon" not in scenario:
        return skipped(_NAME, "the saved scenario has no hours")
    has_any = any(value for key, value in faults.items() if key.endswith(("_hour", "_no_show_share")))
    if not has_any and not any(isinstance(value, Mapping) and value.get("every_h") for value in faults.values()):
        return skipped(_NAME, "nothing fails by chance")
    texts = [*in_the_air(run, scenario), *on_the_ground(run, scenario)]
    return settle(_NAME, len(run.tables["incidents"]["kind"]), [listed(texts)])
