"""A planner's own policies: each day they begin anew, their files are in the hash, and a day they spoil is void."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import dronesim
from command import DATA, call
from dronesim import Decisions, DispatchView, measure
from dronesim.errors import PolicyError
from dronesim.experiment import voids
from dronesim.experiment.points import make_point
from dronesim.experiment.policy_files import files_of_policy
from dronesim.scenario import load_scenario

TINY = DATA / "tiny.toml"
NEAREST = "from dronesim.dispatch import POLICIES\nNEAREST = POLICIES['nearest']\n"
FORGETS_NOT = """
from beside import COUNT
SEEN = []
class Mine:
    asked = 0
    def __call__(self, view):
        SEEN.append(view.now_s)
        COUNT.append(1)
        type(self).asked += 1
        lazy = len(SEEN) > 40 or len(COUNT) > 40 or type(self).asked > 40
        return __import__("dronesim").Decisions() if lazy else NEAREST(view)
mine = Mine()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scenario with policies beside it."""
    for name in ("tiny.toml", "tiny.geojson"):
        if (DATA / name).is_file():
            (tmp_path / name).write_bytes((DATA / name).read_bytes())
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.py").write_text(NEAREST + text, encoding="utf-8")


def shares(folder: Path, policy: str, *, workers: int) -> list[float]:
    found = dronesim.repeat(folder / "tiny.toml", replications=3, set={"dispatch.policy": policy}, workers=workers)
    return [record["kpis"]["orders"]["delivered"] for record in found.records]


def test_a_policy_begins_each_day_anew(folder: Path) -> None:
    """Whatever it notes in variables of its module, of modules beside it, or of its class; by any number of workers."""
    write(folder, "forgetful", FORGETS_NOT)
    (folder / "beside.py").write_text("COUNT = []\n", encoding="utf-8")
    alone = shares(folder, "forgetful:mine", workers=1)
    assert alone == shares(folder, "forgetful:mine", workers=2)
    each = [
        dronesim.run(folder / "tiny.toml", set={"dispatch.policy": "forgetful:mine"}, replication=number)
        for number in (2, 0, 1)
    ]
    assert [day.kpis["orders"]["delivered"] for day in each] == [alone[2], alone[0], alone[1]]


COUNTED: list[float] = []


def counting(view: DispatchView) -> Decisions:
    """Works for its first forty views only."""
    COUNTED.append(view.now_s)
    return dronesim.dispatch.POLICIES["nearest"](view) if len(COUNTED) <= 40 else Decisions()


def test_measured_policies_are_copies() -> None:
    """By the variables of their module, by what they close over, and by their attributes."""
    closed: list[int] = []

    def closing(view: DispatchView) -> Decisions:
        closed.append(1)
        return dronesim.dispatch.POLICIES["nearest"](view) if len(closed) <= 40 else Decisions()

    class Holding:
        def __init__(self) -> None:
            self.held: list[int] = []

        def __call__(self, view: DispatchView) -> Decisions:
            self.held.append(1)
            return dronesim.dispatch.POLICIES["nearest"](view) if len(self.held) <= 40 else Decisions()

    for policy in (counting, closing, Holding()):
        first, second = (measure(TINY, policy=policy) for _ in range(2))
        assert first == second
    assert closed == COUNTED == []


def hash_of(folder: Path, policy: str) -> str:
    return make_point(load_scenario(folder / "tiny.toml", [f"dispatch.policy={policy}"]), folder=folder).content_hash


@pytest.mark.usefixtures("no_pictures")
def test_files_that_a_policy_names_are_in_its_hash_and_its_run(folder: Path, tmp_path: Path) -> None:
    text = (
        "import json, pathlib\nHERE = pathlib.Path(__file__).parent\n"
        "WEIGHTS = json.loads((HERE / 'weights.json').read_text())\n"
    )
    write(folder, "learnt", text + "def mine(view):\n    return NEAREST(view)\n")
    hashes = []
    for weight in (1, 2):
        (folder / "weights.json").write_text(json.dumps([weight]), encoding="utf-8")
        hashes.append(hash_of(folder, "learnt:mine"))
    (folder / "notes.txt").write_text("of no concern", encoding="utf-8")
    assert hashes[0] != hashes[1] == hash_of(folder, "learnt:mine")
    out = tmp_path / "run"
    answer = call("run", folder / "tiny.toml", "--set", "dispatch.policy=learnt:mine", "--out", out, "--quiet")
    assert answer.code == 0, answer
    assert (out / "inputs" / "weights.json").read_text() == "[2]"
    manifest = json.loads((out / "manifest.json").read_text())
    assert "inputs/weights.json" in manifest["inputs"]
    took = manifest["decisions"]
    assert took["count"] > 100
    assert 0 < took["p50_ms"] <= took["p99_ms"] <= took["max_ms"] <= 1e3 * took["total_s"] + 0.1
    assert "decisions" not in json.loads((out / "kpis.json").read_text())


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("open('data/a.bin')", "data/a.bin"),
        ("load('data')", "data/a.bin"),
        ("load(f'w-{number}.npz')", "w-3.npz"),
        ("glob('w-*.npz')", "w-3.npz"),
        ("load(stem + '.npz')", "w-3.npz"),
        ("from lib.inner import thing", "lib/inner.py"),
        ("from lib import inner", "lib/inner.py"),
        ("import lib.inner", "lib/inner.py"),
        ("from lib.inner import thing", "deep.json"),
    ],
)
def test_how_files_are_named(tmp_path: Path, text: str, file: str) -> None:
    for name, content in {
        "data/a.bin": "", "w-3.npz": "", "lib/__init__.py": "", "lib/inner.py": "'deep.json'", "deep.json": "",
        "other.txt": "", "runs/r1/manifest.json": "", "policy.py": text,
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    found = [str(path.relative_to(tmp_path)) for path in files_of_policy(tmp_path / "policy.py", tmp_path)]
    assert {"policy.py", file} <= set(found)
    assert not {"other.txt", "runs/r1/manifest.json"} & set(found)


SPOILS = {
    "illegal": "def mine(view):\n    d = NEAREST(view)\n    len(list(d)) and d.assign(10**6, 0)\n    return d\n",
    "raises": "def mine(view):\n    return 1 / (len(view.ready) < 1) and NEAREST(view)\n",
    "hangs": "def mine(view):\n"
    "    while view.ready:\n        try:\n            pass\n        except Exception:\n            pass\n"
    "    return NEAREST(view)\n",
    "ends": "import os\ndef mine(view):\n    len(view.ready) and os._exit(3)\n    return NEAREST(view)\n",
}
TOLD = {
    "illegal": "illegal decision Assign(order=1000000",
    "raises": "ZeroDivisionError",
    "hangs": "has decided for more than",
    "ends": "ended its process",
}


@pytest.mark.parametrize("way", [*SPOILS])
def test_a_day_that_a_policy_spoils_is_void_and_the_table_stands(
    folder: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, f"spoils_{way}", SPOILS[way])
    if way == "hangs":
        monkeypatch.setattr(voids, "DECIDING_S", 0.2)
        monkeypatch.setattr("dronesim.api.experiments.POLICIES", {"nearest", "greedy", "spoils_hangs:mine"})
    policy = f"spoils_{way}:mine"
    found = dronesim.compare(folder / "tiny.toml", policies=["nearest", policy], replications=2, workers=1)
    best, spoilt = found.competitors
    assert (best.policy, best.voids) == ("nearest", {})
    assert set(spoilt.voids) == {0, 1}
    assert [reason for reason in spoilt.voids.values() if TOLD[way] not in reason] == []
    assert spoilt.level.mean == 0.0
    assert found.differences[0].level.mean == pytest.approx(best.level.mean)
    assert found.table().column("void").null_count == 2
    assert found.content()["policies"][1]["void"] == spoilt.voids
    from dronesim.report.comparing import compare_lines

    assert any(f"{policy}: 2 of 2 days void, counted as 0 on time" in line for line in compare_lines(found))
    if way in ("illegal", "raises"):
        with pytest.raises(PolicyError):
            dronesim.run(folder / "tiny.toml", set={"dispatch.policy": policy})
