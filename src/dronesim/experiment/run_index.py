"""An index over all runs below a folder: name, policy, fleet, service level, seed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dronesim.letters import cells, shortened

_LONGEST: Final = 40
"""Columns of a terminal for a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEntry:
    """One run folder; ``share`` is its service level, None without orders in range."""

    folder: Path
    name: str
    policy: str
    drones: int
    orders: int
    share: float | None
    seed: int
    replication: int


def index_runs(folder: Path) -> list[RunEntry]:
    """Find every run below a folder, by path; what is no run, or was made by another program, is passed over."""
    found = (_entry(manifest.parent) for manifest in sorted(folder.rglob("manifest.json")))
    return [entry for entry in found if entry is not None]


def _entry(folder: Path) -> RunEntry | None:
    try:
        manifest, facts, kpis = (_read(folder / f"{name}.json") for name in ("manifest", "facts", "kpis"))
        return RunEntry(
            folder=folder,
            name=facts["name"],
            policy=facts["policy"],
            drones=facts["fleet"]["drones"],
            orders=kpis["orders"]["placed"],
            share=kpis["service"]["share"],
            seed=manifest["seed"],
            replication=manifest["replication"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def run_lines(entries: Sequence[RunEntry]) -> list[str]:
    """Show the index as a table."""
    if not entries:
        return ["no runs"]
    widths = [max(cells(text) for text in texts) for texts in zip(*map(_texts, entries), strict=True)]
    heads = ("name", "policy", "drones", "orders", "on time", "seed", "day", "folder")
    widths = [max(width, len(head)) for width, head in zip(widths, heads, strict=True)]
    rows = [heads, *map(_texts, entries)]
    padded = (
        "  ".join(text + " " * (width - cells(text)) for text, width in zip(row, widths, strict=True)) for row in rows
    )
    return [line.rstrip() for line in padded]


def _texts(entry: RunEntry) -> tuple[str, ...]:
    share = "no orders" if entry.share is None else f"{100 * entry.share:.1f} %"
    numbers = (str(entry.drones), f"{entry.orders:,}", share, str(entry.seed), str(entry.replication))
    return (shortened(entry.name, _LONGEST), shortened(entry.policy, _LONGEST), *numbers, str(entry.folder))
