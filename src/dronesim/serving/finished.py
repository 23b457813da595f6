"""Finished studies and runs below a folder, and the pages of theirs that may be opened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dronesim.experiment.run_index import index_runs

ANSWERS: Final = {
    "size.json": "size",
    "sweep.json": "sweep",
    "compare.json": "compare",
    "bottlenecks.json": "bottlenecks",
    "drill.json": "drill",
    "year.json": "year",
    "bound.json": "bound",
    "intervals.json": "days",
}
"""Answers of experiments by their file, and the verb that writes them."""
PAGES: Final = ("report.html", "replay.html", *(Path(file).with_suffix(".html").name for file in ANSWERS))
"""Files that are shown; nothing else is ever read for the browser."""
MOST: Final = 500
"""So many entries are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A run or a study: its ``folder`` below the root, the ``kind``, what is ``told`` of it, its ``pages``."""

    folder: str
    kind: str
    name: str
    told: str
    pages: tuple[str, ...]


def find_entries(root: Path) -> list[Entry]:
    """List runs and studies below a folder, by path; what is neither, or can't be read, is passed over."""
    found = [*_runs(root), *_studies(root)]
    return sorted(found, key=lambda entry: entry.folder)[:MOST]


def page_path(root: Path, folder: str, page: str) -> Path | None:
    """Give the file of an entry's page; None for what is not listed or lies elsewhere."""
    if page not in PAGES or all(entry.folder != folder for entry in find_entries(root)):
        return None
    path = (root / folder / page).resolve()
    return path if path.is_relative_to(root.resolve()) and path.is_file() else None


def _runs(root: Path) -> Iterator[Entry]:
    for run in index_runs(root):
        share = "no orders" if run.share is None else f"{100 * run.share:.1f} % on time"
        day = f"seed {run.seed}, day {run.replication}"
        told = f"{run.policy}, {run.drones} drones, {run.orders:,} orders: {share} ({day})"
        yield _entry(root, run.folder, kind="run", name=run.name, told=told)


def _studies(root: Path) -> Iterator[Entry]:
    for file, kind in ANSWERS.items():
        for path in root.rglob(file):
            answer = _read(path)
            if answer is not None:
                yield _entry(root, path.parent, kind=kind, name=str(answer.get("name", "")), told=_told(answer))


def _entry(root: Path, folder: Path, *, kind: str, name: str, told: str) -> Entry:
    pages = tuple(page for page in PAGES if (folder / page).is_file())
    return Entry(folder=folder.relative_to(root).as_posix(), kind=kind, name=name, told=told, pages=pages)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "schema_version" in found else None


def _told(answer: dict[str, Any]) -> str:
    """Say in a few words what an answer is, as far as it can be told from any."""
    sized = answer.get("answer")
    if isinstance(sized, dict) and "low" in sized:
        ends = sorted({str(sized["low"]), str(sized["high"])})
        return f"{' to '.join(ends)} of {answer.get('resource')} for {100 * answer['target']:g} % on time"
    days = answer.get("replications")
    return f"{days} days" if isinstance(days, int) else ""
