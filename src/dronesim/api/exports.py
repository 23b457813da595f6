"""Exports from Python and the command line: which format is meant, and whether the folder is of its kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dronesim.errors import InputError, Problem

if TYPE_CHECKING:
    from dronesim.export.formats import Exported

_XLSX = "xlsx"


def export_run(
    folder: Path,
    form: str,
    place: Path | None = None,
    *,
    date: str | None = None,
    zone: str | None = None,
    ground_m: float | None = None,
) -> Exported:
    """Write a saved run in a format, by its name; see `dronesim.export.export_run`.

    Raises
    ------
    InputError
        There is no such format, or the folder is of a study; and as there.
    """
    from dronesim.export import FORMATS, Wishes, is_study
    from dronesim.export import export_run as write
    from dronesim.record.folder import is_run

    if form not in FORMATS:
        rule = f"is not known; choose from {', '.join(FORMATS)}" + ("; xlsx is for studies" if form == _XLSX else "")
        raise InputError([Problem(file=str(folder), key="format", rule=rule, value=form)])
    if not is_run(folder) and is_study(folder):
        rule = "is for runs, and this is the folder of a study; choose xlsx, or export one of its days as a run"
        raise InputError([Problem(file=str(folder), key="format", rule=rule, value=form)])
    return write(folder, FORMATS[form], place, wishes=Wishes(date=date, zone=zone, ground_m=ground_m))


def export_study(folder: Path, place: Path | None = None) -> Exported:
    """Write the answer of a study as a workbook; see `dronesim.export.export_study`.

    Raises
    ------
    InputError
        The folder is of a run, or as there.
    """
    from dronesim.export import export_study as write
    from dronesim.record.folder import is_run

    if is_run(folder):
        rule = "is for studies, as of size and sweep, and this is the folder of a run; choose csv for a spreadsheet"
        raise InputError([Problem(file=str(folder), key="format", rule=rule, value=_XLSX)])
    return write(folder, place)
