"""Saved runs and studies as files that other tools open; nothing of them goes back."""

from dronesim.export.day import Wishes
from dronesim.export.formats import FORMATS, Format, export_run
from dronesim.export.workbook import export_study, is_study

__all__ = ["FORMATS", "Format", "Wishes", "export_run", "export_study", "is_study"]
