"""Fills the templates of pages."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any, Final

import jinja2
from markupsafe import Markup, escape

from dronesim.letters import harmless

_IN_NAMES: Final = re.compile(r"(?<=\w)[._/](?=\w)")
_BEFORE_UNITS: Final = re.compile(r"(?<=\d) (?=(?:%|min|s|h|m|km|Wh|dB|[A-Z]{3}|points?|minutes?)(?![\w%]))")


def fill(name: str, **context: Any) -> str:
    """Fill the template of a name; what is put in is escaped."""
    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=_harmless,
        loader=jinja2.FunctionLoader(_source),
    )
    environment.filters.update(breakable=breakable, unbroken=unbroken)
    return environment.get_template(name).render(**context)


def _harmless(value: Any) -> Any:
    """Show a mark for what would turn or hide text, in names that others chose."""
    return value if hasattr(value, "__html__") or not isinstance(value, str) else harmless(value)


def breakable(text: Any) -> Any:
    """Let a long name such as that of a key break where it has a point; numbers with their source stay as they are."""
    if hasattr(text, "__html__"):
        return text
    return Markup(_IN_NAMES.sub(lambda found: f"{found[0]}<wbr>", str(escape(harmless(str(text))))))  # noqa: S704


def unbroken(text: Any) -> Any:
    """Keep numbers of a sentence and their units in one line; numbers with their source do so by themselves."""
    return text if hasattr(text, "__html__") else _BEFORE_UNITS.sub("\N{NO-BREAK SPACE}", str(text))


def _source(name: str) -> str:
    return files("dronesim.report").joinpath(name).read_text(encoding="utf-8")
