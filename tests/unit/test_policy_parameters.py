"""Parameters of a policy: stated in a scenario, swept, sized and compared like any key, and refused where unknown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest

import dronesim
from command import call
from dronesim.dispatch import Decisions, DispatchView, Matching, misfits, parameters_of, with_parameters
from dronesim.errors import InputError
from dronesim.experiment.points import make_point
from dronesim.scenario import dump_scenario, load_scenario

TINY: Final = Path(__file__).parents[1] / "data" / "tiny.toml"
OWN: Final = """\
from dronesim.dispatch import Decisions

def mine(view, *, most=9, margin_s=0.0, is_shy=False):
    decisions = Decisions()
    for order in view.ready[:most]:
        drone = view.first_drone(order)
        if drone is not None and not is_shy and view.now_s + margin_s < view.due_s(order):
            decisions.assign(order, drone)
            break
    return decisions

def plain(view):
    return Decisions()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules_of_mine.py").write_text(OWN, encoding="utf-8")
    text = re.sub('map = "', f'map = "{TINY.parent}/', TINY.read_text(encoding="utf-8"))
    (tmp_path / "day.toml").write_text(f'{text}\n[dispatch]\npolicy = "rules_of_mine:mine"\n', encoding="utf-8")
    return tmp_path


def shy(view: DispatchView, *, share: float = 0.5, name: str = "a", other: Any = None) -> Decisions:
    assert (share, name, other) == (1.0, "b", 3), view
    return Decisions()


def test_a_policy_declares_them_by_keyword_only_arguments_or_fields() -> None:
    assert parameters_of(shy) == {"share": 0.5, "name": "a", "other": None}
    assert parameters_of(Matching(age_bonus=2.0)) == {"travel_weight": 0.1, "age_bonus": 2.0, "soon_s": 300.0}
    assert parameters_of(lambda view, other=3: (view, other)) == {}


def test_a_policy_gets_what_is_stated_and_its_own_defaults_for_the_rest() -> None:
    bound = with_parameters(shy, {"share": 1, "name": "b", "other": 3})
    assert len(bound(None)) == 0  # type: ignore[arg-type]
    assert with_parameters(Matching(), {"age_bonus": 3}) == Matching(age_bonus=3.0)
    assert with_parameters(shy, {}) is shy


def test_a_name_that_is_not_declared_and_a_value_of_another_kind_do_not_fit() -> None:
    found = misfits(shy, {"shar": 1.0, "share": True, "name": 2, "other": "x"}, name="shy")
    assert [(each.name, each.hint) for each in found] == [("shar", "share"), ("share", None), ("name", None)]
    assert "which has share, name, other; a policy declares them" in found[0].rule
    assert [each.rule for each in found[1:]] == [
        "must be a number, as its default",
        "must be text in quotes, as its default",
    ]


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ("margn_s = 3.0", r"day\.toml:\d+: dispatch\.parameters\.margn_s: .*did you mean margin_s"),
        ("most = 1.5\nis_shy = 1", r"most: must be a whole number.*\n.*is_shy: must be true or false"),
        ("most = nan", r"must be a finite number"),
        ("most = [1]", r"dispatch\.parameters\.most"),
    ],
)
def test_a_run_says_where_a_parameter_that_does_not_fit_is_stated(folder: Path, stated: str, told: str) -> None:
    path = folder / "day.toml"
    path.write_text(f"{path.read_text()}\n[dispatch.parameters]\n{stated}\n", encoding="utf-8")
    answer = call("run", path, "--out", folder / "run")
    assert answer.code == 2
    assert re.search(told, answer.err), answer.err
    if "margn_s" in stated:
        checked = call("validate", path)
        assert checked.code == 2
        assert re.search(told, checked.err), "the file is read, and not run"


def test_weights_that_matching_can_not_have_are_refused() -> None:
    with pytest.raises(InputError, match="must not be negative"):
        dronesim.run(TINY, set={"dispatch.policy": "matching", "dispatch.parameters.age_bonus": -1.0})


def test_weights_of_matching_are_read_where_they_stood_before(tmp_path: Path) -> None:
    old = load_scenario(TINY, ["dispatch.policy=matching", "dispatch.travel_weight=2.0"])
    assert old.dispatch.parameters == {"travel_weight": 2.0}
    assert load_scenario(TINY, ["dispatch.age_bonus=2.0"]).dispatch.parameters is None
    (tmp_path / "again.toml").write_text(dump_scenario(old, map_path=str(old.map)), encoding="utf-8")
    assert load_scenario(tmp_path / "again.toml") == old


def test_a_parameter_is_part_of_what_names_a_day() -> None:
    hashes = {
        make_point(load_scenario(TINY, ["dispatch.policy=matching", *more])).content_hash
        for more in ([], ["dispatch.parameters.age_bonus=1.0"], ["dispatch.parameters.age_bonus=2.0"])
    }
    assert len(hashes) == 3


def test_a_parameter_is_swept_and_sized_like_any_key(folder: Path) -> None:
    key = "dispatch.parameters.most"
    found = dronesim.sweep(folder / "day.toml", vary={key: [0, 1, 9]}, replications=2)
    none, one, all_day = (point.level.mean for point in found.points)
    assert none == 0.0 < one <= all_day
    asked = ("--set", f"{key}=0", "--target", "0.2", "--between", "1:2", "--max-replications", "10")
    answer = call("size", folder / "day.toml", *asked, "--out", folder / "sized")
    assert answer.code == 3, "no fleet is enough for a policy that assigns nothing"


def test_policies_that_are_compared_get_their_own_parameters_each() -> None:
    plain = {"fleet.drones": 2, "dispatch.policy": "matching"}
    stated = plain | {"dispatch.parameters": {"travel_weight": 50.0}}
    both = ["nearest", "matching"]
    found = [dronesim.compare(TINY, policies=both, replications=2, set=settings) for settings in (plain, stated)]
    levels = [{each.policy: each.level for each in one.competitors} for one in found]
    assert levels[0]["nearest"] == levels[1]["nearest"]
    with pytest.raises(InputError, match="is not a parameter of the policy nearest, which has none"):
        dronesim.compare(TINY, policies=both, set=stated | {"dispatch.policy": "nearest"})
