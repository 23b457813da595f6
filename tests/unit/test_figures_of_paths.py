"""Key figures that ask for the paths that were flown say so themselves, and comparisons count them when asked to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import dronesim
from dronesim.errors import InputError
from dronesim.experiment import prepare, set_up
from dronesim.metrics import kpis
from dronesim.record.kpis import figures_of_paths
from dronesim.scenario import load_scenario
from dronesim.simulation import simulate

TINY = Path(__file__).parents[1] / "data" / "tiny.toml"
FEW = ["demand.orders=30", "airspace.levels_m=[60.0]"]


def named(content: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from named(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def test_figures_of_paths_are_those_that_only_a_look_at_the_paths_tells() -> None:
    inputs = prepare(set_up(load_scenario(TINY, [*FEW, "navigation.misses.kind=share"])))
    plain, looked = (
        dict(named(kpis(day.tables, day.facts)))
        for day in (simulate(inputs, counts_losses=counts) for counts in (False, True))
    )
    told = {name for name, value in looked.items() if value is not None and plain[name] is None}
    # what nobody lost in an excursion or in silence is known to be none in either way, or not there at all
    assert told <= figures_of_paths()
    assert {"airspace.losses_of_separation", "airspace.terminal_meetings"} <= told
    assert all(plain.get(name) in (None, 0) for name in figures_of_paths())


def test_a_comparison_and_a_sweep_count_losses_when_asked_to() -> None:
    one, two = (load_scenario(TINY, [*FEW, f"airspace.mode={mode}"]) for mode in ("none", "strategic"))
    sides = dronesim.compare(one, two, replications=2, losses=True)
    found = sides.figures["airspace.losses_of_separation"]
    assert found.a.mean > 0
    assert found.b.mean == 0
    assert sides.asked[-1] == "airspace.losses_of_separation"
    swept = dronesim.sweep(TINY, vary={"airspace.mode": ["none", "strategic"]}, replications=1, losses=True, set=FEW)
    assert swept.table()["airspace_losses_of_separation"].to_pylist()[1] == 0


def test_losses_of_policies_side_by_side_are_refused() -> None:
    with pytest.raises(InputError, match="losses"):
        dronesim.compare(TINY, replications=2, losses=True)
