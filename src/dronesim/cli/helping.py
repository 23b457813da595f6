"""What the help of every verb has: an example that can be pasted."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

Verb = TypeVar("Verb", bound=Callable[..., Any])


def with_example(verb: Verb) -> Verb:
    """Keep the example in a verb's help on one line, however long it is, so that it can be pasted."""
    about, sign, example = inspect.cleandoc(verb.__doc__ or "").rpartition("Example: ")
    verb.__doc__ = f"{about.rstrip()}\n\n\b\n{sign}{example}"
    return verb
