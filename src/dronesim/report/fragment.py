"""The answer of a run as a piece of HTML that a notebook shows: escaped, without a script."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from dronesim.report.summary import summary_rows


def fragment(kpis: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Show the name of the day and the lines that a terminal has, as a table."""
    day = f"{facts['name']}, seed {facts['seed']}, replication {facts['replication']}"
    rows = "".join(
        f'<tr><th style="text-align:left">{escape(label)}</th><td style="text-align:left">{escape(text)}</td></tr>'
        for label, text in summary_rows(kpis, facts).items()
    )
    return f'<div class="dronesim"><strong>{escape(day)}</strong><table>{rows}</table></div>'
