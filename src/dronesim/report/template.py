"""Fills the templates of pages."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import jinja2


def fill(name: str, **context: Any) -> str:
    """Fill the template of a name; what is put in is escaped."""
    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.FunctionLoader(_source),
    )
    return environment.get_template(name).render(**context)


def _source(name: str) -> str:
    return files("dronesim.report").joinpath(name).read_text(encoding="utf-8")
