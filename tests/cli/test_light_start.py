"""What a run does not need is not imported, whatever else is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from command import TINY

HEAVY = ("pandas", "networkx", "scipy.optimize", "scipy.stats", "geopandas", "distributed")
PROGRAM = """
import sys
import dronesim
dronesim.run(sys.argv[1], out=sys.argv[2])
print(*sys.modules)
"""


def test_a_run_with_its_tables_and_pictures_imports_nothing_heavy_by_accident(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(TINY), str(tmp_path / "day")]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert (tmp_path / "day" / "map.png").exists()
    assert "pyarrow.parquet" in loaded
    assert sorted(set(HEAVY) & set(loaded)) == []
