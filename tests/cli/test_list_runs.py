"""``dronesim list runs``: an index over all runs below a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command import TINY, call


@pytest.mark.usefixtures("no_pictures")
def test_runs_are_listed_with_what_tells_them_apart(tmp_path: Path) -> None:
    for name, policy, seed in (("a", "nearest", 1), ("b/c", "greedy", 7)):
        few = ("--set", "demand.orders=5", "--set", f"dispatch.policy={policy}", "--seed", seed, "--quiet")
        assert call("run", TINY, *few, "--out", tmp_path / name).code == 0
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "manifest.json").write_text('{"name": "a web app"}')
    answer = call("list", "runs", tmp_path)
    assert (answer.code, answer.err) == (0, "")
    head, first, second = answer.out.splitlines()
    assert head.split() == ["name", "policy", "drones", "orders", "on", "time", "seed", "day", "folder"]
    assert first.split()[:3] == ["tiny", "nearest", "5"]
    assert second.split()[:3] == ["tiny", "greedy", "5"]
    assert second.endswith(str(tmp_path / "b" / "c"))
    listed = json.loads(call("list", "runs", tmp_path, "--json").out)
    assert [(run["policy"], run["seed"]) for run in listed] == [("nearest", 1), ("greedy", 7)]


def test_a_folder_without_runs_says_so_and_no_folder_is_an_error(tmp_path: Path) -> None:
    assert call("list", "runs", tmp_path).out == "no runs\n"
    answer = call("list", "runs", tmp_path / "nowhere")
    assert answer.code == 2
    assert "name the folder of your runs" in answer.err
