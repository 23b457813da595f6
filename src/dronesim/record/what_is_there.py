"""What lies where the folder of a run was to be, in words that lead on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dronesim.record.plain import missing

_MANIFEST: Final = "manifest.json"
_OF_MANY: Final = ("results.parquet", "replications")
"""What an experiment leaves."""
_MOST: Final = 3


def why_no_run(folder: Path) -> str | None:
    """Say why a place is no run folder, and which is meant; None where it has a manifest."""
    if not folder.is_dir():
        if not folder.exists():
            return "does not exist; name the folder that `dronesim run` wrote"
        return "is a file, not the folder of a run; name the folder that `dronesim run` wrote"
    if missing(folder / _MANIFEST) != "is missing":
        return None
    if any((folder / name).exists() for name in _OF_MANY):
        return (
            "holds the results of many days, and no run of one day: its figures are in its own files; "
            "`dronesim run SCENARIO` writes a run"
        )
    runs = sorted(path.parent.name for path in folder.glob(f"*/{_MANIFEST}"))
    if runs:
        more = f" and {len(runs) - _MOST} more" if len(runs) > _MOST else ""
        return f"is not a run folder, and holds some: {', '.join(runs[:_MOST])}{more}; name one of them"
    return f"is not a run folder: {_MANIFEST} is missing"
