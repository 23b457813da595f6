"""What a verb does not need is not imported, whatever else is installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from command import TINY
from dronesim.export.formats import FORMATS

HEAVY: Final = {
    *(
        "pandas",
        "networkx",
        "scipy.optimize",
        "scipy.stats",
        "scipy.sparse",
        "scipy.spatial",
        "geopandas",
        "distributed",
    ),
    *("dask", "matplotlib.pyplot", "coverage", "yaml", "openpyxl", "pyogrio", "pyproj", "rasterio", "gymnasium"),
    *("starlette", "uvicorn", "movingpandas", "duckdb", "IPython"),
}
RUNS: Final = (
    "run {tiny} --out {out}/day --tracks --replay --log-decisions --seed 1",
    "run {tiny} --out {out}/other --seed 2",
    "validate {tiny}",
    "verify {out}/day",
    "report {out}/day",
    "report {out}/day {out}/other --out {out}/two.html",
    "report {out}/day --stress",
    "replay {out}/day",
    "replay {out}/day --png",
    *(
        f"export {{out}}/day --format {form} --date 2026-06-01 --zone UTC --ground-m 0"
        for form in sorted(FORMATS.keys() - {"gpkg", "xlsx"})
    ),
    "list policies",
    "schema",
)
"""Without gpkg and xlsx, which are written by packages that import what they like."""
STUDIES: Final = (
    "run {tiny} --replications 2 --workers 1 --out {out}/days",
    "sweep {tiny} --vary fleet.drones=3,5 --replications 2 --workers 1 --out {out}/sweep",
    "compare {tiny} --policy nearest,greedy --replications 2 --workers 1 --out {out}/compared",
    "bottlenecks {tiny} --replications 2 --workers 1 --out {out}/necks",
    "bound {tiny} --days 1 --workers 1 --out {out}/bound",
)
WANTED: Final = {
    "runs": (RUNS, set[str]()),
    # intervals and tests of differences are scipy's
    "studies": (STUDIES, {"scipy.stats", "scipy.optimize", "scipy.sparse", "scipy.spatial"}),
}
PROGRAM: Final = """
import json, sys, traceback
heavy, verbs = set(json.loads(sys.argv[1])), json.loads(sys.argv[2])
found, now = {}, [""]

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name in heavy and name not in found:
            frames = [frame for frame in traceback.extract_stack()[:-1] if "importlib" not in frame.filename]
            found[name] = f"{now[0]}: by {frames[-1].filename}:{frames[-1].lineno}"

sys.meta_path.insert(0, Watch())
from dronesim.cli import main
for words in verbs:
    now[0], sys.argv = " ".join(words), ["dronesim", *words]
    try:
        main()
    except SystemExit as end:
        assert not end.code, (words, end.code)
print("\\n" + json.dumps(found))
"""


@pytest.mark.parametrize("what", WANTED)
def test_no_verb_imports_anything_heavy_by_accident(what: str, tmp_path: Path) -> None:
    verbs, needed = WANTED[what]
    words = [[word.format(tiny=TINY, out=tmp_path) for word in verb.split()] for verb in verbs]
    command = [sys.executable, "-c", PROGRAM, json.dumps(sorted(HEAVY - needed)), json.dumps(words)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found == {}, "\n".join(f"{name}: {by}" for name, by in found.items())
