"""An index over all runs below a folder: name, policy, fleet, service level, seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dronesim.errors import InputError
from dronesim.letters import cells, is_steering, shortened
from dronesim.record.folder import MANIFEST
from dronesim.record.plain import SMALL_BYTES, read_object

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
    found = (_entry(manifest.parent) for manifest in sorted(folder.rglob(MANIFEST)))
    return [entry for entry in found if entry is not None]


def _entry(folder: Path) -> RunEntry | None:
    try:
        manifest = read_object(folder / MANIFEST, limit_bytes=SMALL_BYTES)
        facts, kpis = (read_object(folder / f"{name}.json") for name in ("facts", "kpis"))
        entry = RunEntry(
            folder=folder,
            name=facts["name"],
            policy=facts["policy"],
            drones=facts["fleet"]["drones"],
            orders=kpis["orders"]["placed"],
            share=kpis["service"]["share"],
            seed=manifest["seed"],
            replication=manifest["replication"],
        )
    except (InputError, KeyError, TypeError):
        return None
    return entry if _is_plain(entry) else None


def _is_plain(entry: RunEntry) -> bool:
    """Whether a table can show it: everything of its type, and names that a run of ours may have."""
    numbers = (entry.drones, entry.orders, entry.seed, entry.replication)
    names = (entry.name, entry.policy)
    return (
        all(type(number) is int for number in numbers)
        and all(isinstance(name, str) and not is_steering(name) for name in names)
        and (entry.share is None or type(entry.share) in (int, float))
    )


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
