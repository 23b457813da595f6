"""The golden tables: how they are made, and, run as a program, their renewal.

``python tests/golden/renew.py`` writes the tables of every scenario beside it as CSV, one folder a scenario. Look at
the difference before it is committed (``git diff tests/golden``) and say in CHANGELOG.md why it had to be.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from dronesim.experiment import prepare, set_up
from dronesim.record.tables import BOOL, FLOAT, INT, SCHEMAS
from dronesim.scenario import load_scenario
from dronesim.simulation import simulate

HERE = Path(__file__).parent
SCENARIOS = tuple(sorted(path.stem for path in HERE.glob("*.toml")))
TABLES = ("orders", "legs", "occupancy", "waits", "incidents", "scans")

Row = dict[str, str]


def tables_of(scenario: str) -> dict[str, list[Row]]:
    """Simulate the day of a scenario; every cell as text, floats by repr, nothing where there is nothing."""
    setting = set_up(load_scenario(HERE / f"{scenario}.toml"))
    tables = simulate(prepare(setting)).tables
    return {name: _rows(tables[name], SCHEMAS[name]) for name in TABLES}


def _rows(table: Any, schema: Any) -> list[Row]:
    columns = [[_cell(value, kind) for value in table[column].tolist()] for column, kind in schema.items()]
    return [dict(zip(schema, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _cell(value: Any, kind: str) -> str:
    if value is None or (kind == FLOAT and value != value) or (kind == INT and value == -1):
        return ""
    return str(value).lower() if kind == BOOL else repr(value) if kind == FLOAT else str(value)


def saved_tables(scenario: str) -> dict[str, list[Row]]:
    """Read what was saved."""
    found = {}
    for name in TABLES:
        with (HERE / scenario / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            found[name] = list(csv.DictReader(file))
    return found


def main() -> None:
    """Save the tables of all scenarios anew."""
    for scenario in SCENARIOS:
        (HERE / scenario).mkdir(exist_ok=True)
        for name, rows in tables_of(scenario).items():
            text = io.StringIO()
            writer = csv.DictWriter(text, list(SCHEMAS[name]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            (HERE / scenario / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8")


if __name__ == "__main__":
    main()
