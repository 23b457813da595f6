"""Days that differ as a whole: one factor a day, from a stream of its own, in every place that draws days."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from command import DATA, TINY
from dronesim.demand import OrderColumns, draw_orders
from dronesim.demand.specs import Constant, Empirical, Gamma
from dronesim.errors import InputError
from dronesim.experiment import describe, set_up
from dronesim.experiment.bench import draw_shadows, ready
from dronesim.experiment.ceilings import find_ceiling
from dronesim.experiment.compose import prepare
from dronesim.experiment.controls import orders_a_day
from dronesim.experiment.points import make_point
from dronesim.scenario import load_scenario, load_trace, resolve
from dronesim.simulation import simulate
from dronesim.streams import Streams
from lab import lab_demand, lab_world

GAMMA = "demand.days={kind='gamma', sd=0.8}"
COLUMNS = ("mass_kg", "preparation_s", "collection_s", "is_no_show", "bad_scan", "airport", "takeoff_point")


def drawn(law: object, *, replication: int = 0) -> OrderColumns:
    streams = Streams(seed=4, replication=replication)
    spec = lab_demand(days=law, expected_orders=200.0)
    return draw_orders(spec, lab_world(), streams=streams, opening_s=(36000.0, 72000.0), trace=None)


def test_a_factor_of_one_changes_nothing_at_all() -> None:
    plain, switched = drawn(Constant(value=1.0)), drawn(Empirical(values=(1.0, 1.0)))
    assert plain.order_id == switched.order_id
    for column in (*COLUMNS, "placed_s", "patience_s"):
        np.testing.assert_array_equal(getattr(plain, column), getattr(switched, column))


@pytest.mark.parametrize("replication", range(4))
def test_a_busy_day_has_the_orders_of_the_plain_day_and_others_after_them(replication: int) -> None:
    plain = drawn(Constant(value=1.0), replication=replication)
    other = drawn(Gamma(mean=1.0, sd=0.8), replication=replication)
    both = min(len(plain), len(other))
    assert both > 5
    assert len(plain) != len(other)
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(plain, column)[:both], getattr(other, column)[:both])


def test_the_factor_of_a_day_is_in_its_facts() -> None:
    setting = set_up(load_scenario(TINY, [GAMMA, "demand.orders=20"]))
    inputs = prepare(setting, replication=3)
    found = simulate(inputs).facts["demand"]
    assert found["day_factor"] == inputs.orders.day_factor != 1.0
    assert (found["days"], found["days_mean"], found["days_sd"]) == ("gamma", 1.0, 0.8)
    assert (found["model"], found["choice"], found["decay_m"]) == ("poisson", "distance", 2500.0)


def test_shadows_and_ceilings_draw_the_factor_too() -> None:
    point = make_point(load_scenario(TINY, [GAMMA, "demand.orders=50"]), folder=TINY.parent)
    shadows, homes = draw_shadows(point, range(12)), len(ready(point).world.takeoff_points)
    counts = np.diff(shadows.bounds).reshape(12, homes).sum(axis=1)
    factors = [prepare(ready(point), replication=number).orders.day_factor for number in range(12)]
    assert np.corrcoef(counts, factors)[0, 1] > 0.9
    assert counts.std(ddof=1) > 2 * np.sqrt(50)
    assert find_ceiling(point, days=3).share["placed"].mean > 0


def test_orders_a_day_are_counted_over_all_days() -> None:
    def expected(*settings: str) -> float:
        return orders_a_day(set_up(load_scenario(TINY, settings)))

    assert expected() == expected(GAMMA) == 60.0
    assert expected("demand.days={kind='empirical', factors=[0, 1, 5]}") == pytest.approx(120.0)


def test_validate_tells_the_law_its_mean_and_the_factor_of_the_day() -> None:
    setting = set_up(load_scenario(TINY, ["demand.days={kind='empirical', factors=[0.5, 0.5, 2.6]}"]))
    description = describe(setting)
    lines = "\n".join(description.lines())
    assert "days: empirical factor on the demand, mean 1.2; the day drawn has" in lines
    assert description.content["demand"]["day_factor"] in (0.5, 2.6)
    assert "days: all expect the same demand" in "\n".join(describe(set_up(load_scenario(TINY))).lines())


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("demand.days={kind='gamma', sd=0}", "demand.days.sd: must be above 0 (found 0)"),
        ("demand.days={kind='empirical'}", "demand.days.factors: is required"),
        (
            "demand.days={kind='empirical', factors=[0, 0]}",
            "demand.days.factors: must have at least one factor above 0",
        ),
        ("demand.days={kind='weekly'}", "choose from constant, gamma, lognormal, empirical (found 'weekly')"),
        ("demand.days.sd=0.3", 'demand.days.sd: is not a key of kind "constant"'),
    ],
)
def test_a_wrong_law_is_named_with_its_rule(setting: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        load_scenario(TINY, [setting])
    assert said in str(caught.value)


def test_factors_that_make_a_day_too_large_are_refused() -> None:
    with pytest.raises(InputError, match=r"demand\.days\.factors: makes a day of more than 5,000,000 orders"):
        set_up(load_scenario(TINY, ["demand.orders=1e5", "demand.days={kind='empirical', factors=[1, 80]}"]))


def test_a_law_of_days_beside_a_trace_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("order_id,placed,merchant,community\na,10:30:00,M1,C1\n")
    path = tmp_path / "s.toml"
    demand = '[demand]\nmodel = "trace"\nfile = "t.csv"\n[demand.days]\nkind = "gamma"\n'
    path.write_text(f'name = "x"\nmap = "{(DATA / "tiny.geojson").as_posix()}"\n{demand}')
    scenario = load_scenario(path)
    world = set_up(load_scenario(TINY)).world
    with pytest.raises(InputError) as caught:
        resolve(scenario, world, load_trace(tmp_path / "t.csv", world))
    (problem,) = caught.value.problems
    assert (problem.line, problem.key, problem.value) == (7, "demand.days.kind", "gamma")
    assert problem.rule.startswith('must be "constant" with model = "trace"')
