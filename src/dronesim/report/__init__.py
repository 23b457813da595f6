"""What people read after a run: the terminal answer, the pictures and the page."""

from dronesim.report.folder import write_report
from dronesim.report.summary import summary_lines

__all__ = ["summary_lines", "write_report"]
