"""What people read after a run: the terminal answer, the pictures and the page."""

from dronesim.report.folder import page_of, write_report
from dronesim.report.fragment import fragment
from dronesim.report.summary import summary_lines

__all__ = ["fragment", "page_of", "summary_lines", "write_report"]
