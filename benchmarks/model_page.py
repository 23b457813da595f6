"""Writes the tables of docs/model.md: every key of a scenario, drone types, and what orders wait for.

    python benchmarks/model_page.py

The text of the page is written by hand; between a line ``<!-- keys: table, table -->``, ``<!-- drones -->`` or
``<!-- reasons -->`` and the next ``<!-- end -->`` stands what this program writes.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from dronesim.aircraft import DRONE_TYPES
from dronesim.record.waits import REASONS
from dronesim.scenario.keys import ScenarioKey, scenario_keys

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "model.md"
WHOLE: Final = "scenario"
"""Name in a marker of the keys that stand in no table."""
_PART: Final = re.compile(
    r"^<!-- (keys: (?P<tables>[\w, ]+)|drones|reasons) -->\n.*?^<!-- end -->$", re.MULTILINE | re.DOTALL
)


def filled(text: str) -> str:
    """Write all tables of the page anew."""
    return _PART.sub(_fill, text)


def _fill(found: re.Match[str]) -> str:
    head = found.group(0).partition("\n")[0]
    tables = found["tables"]
    rows = key_rows(tables.split(", ")) if tables is not None else _ROWS[found[1]]()
    return "\n".join([head, *rows, "<!-- end -->"])


def key_rows(tables: list[str]) -> list[str]:
    """Give the lines of the table of all keys of some scenario tables."""
    keys = [key for key in scenario_keys() if (key.table or WHOLE) in tables]
    return ["| key | default | letter | what it is |", "|---|---|---|---|", *dict.fromkeys(map(_key_row, keys))]


def _key_row(key: ScenarioKey) -> str:
    form = f" ({key.variant})" if key.variant else ""
    text = key.text.replace("|", "\\|")
    return f"| `{key.path}`{form} | {key.default} | {key.letter or '-'} | {text} |"


def drone_rows() -> list[str]:
    """Give the lines of the table of all numbers of all built-in types."""
    types: list[dict[str, Any]] = [asdict(kind) for kind in DRONE_TYPES.values()]
    numbers = [name for name in types[0] if name != "name"]
    return [
        f"| number | {' | '.join(str(kind['name']) for kind in types)} |",
        f"|---|{'---|' * len(types)}",
        *(f"| `{name}` | {' | '.join(_shown(kind[name]) for kind in types)} |" for name in numbers),
    ]


def reason_rows() -> list[str]:
    """Give the lines of the table of what orders wait for."""
    return [
        "| reason | waits | stage | when it is given |",
        "|---|---|---|---|",
        *(f"| `{reason.name}` | {reason.part} | `{reason.stage}` | {reason.meaning} |" for reason in REASONS),
    ]


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


_ROWS: Final = {"drones": drone_rows, "reasons": reason_rows}
"""Who writes the tables that have a name."""


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
