"""What tests of replays share: a small day with trouble, and the scripts of the page run by node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

import dronesim
from dronesim.replay.page import script_text

TINY: Final = Path(__file__).parent / "data" / "tiny.toml"
TROUBLE: Final = {
    "faults.diverts_per_flight_hour": 2.0,
    "faults.failures_per_flight_hour": 0.5,
    "riders.per_takeoff_point": 1,
    "events": [{"kind": "airport_closed", "airport": "A1", "at": "10:40", "minutes": 20.0}],
}


def troubled_day(folder: Path, *, tracks: bool = True, **settings: Any) -> dronesim.Run:
    """Run a small day on which things go wrong."""
    return dronesim.run(TINY, set={**TROUBLE, **settings}, tracks=tracks, out=folder, report=False)


def by_node(code: str, given: Any = None, *, place: Path, scripts: str | None = None) -> Any:
    """Run code with a page's scripts in scope and ``given`` as a value; gives what it returns, by way of JSON.

    The scripts are those of a replay, if no others are named.
    """
    node = shutil.which("node")
    if node is None:
        pytest.skip("tests of the page's scripts need node")
    if scripts is None:
        scripts = script_text().removeprefix('"use strict";(() => {').removesuffix("})();")
    program = f"{scripts}\n(async (given) => {{{code}}})(JSON.parse(require('fs').readFileSync(0, 'utf8')))"
    program += ".then((found) => process.stdout.write(JSON.stringify(found) ?? 'null'));"
    file = place / "program.js"
    file.write_text(program, encoding="utf-8")
    done = subprocess.run([node, file], input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
