"""What an answer rests on: the values of its scenario by the letter of their source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dronesim.errors import InputError
from dronesim.scenario import load_scenario
from dronesim.scenario.keys import stated_keys

LETTER_WORDS: Final = {
    "A": "a document or data that was read",
    "B": "press, or a company's own figure",
    "C": "one weak source",
    "D": "derived",
    "M": "measured or fitted for this project",
    "E": "assumptions: no source has them",
    "own": "stated for this scenario",
}
"""What the letters mean, as in the table of parameters."""


def by_letter(folder: Path) -> Mapping[str, list[str]]:
    """List the keys of a run's scenario by the letter of their default's source, ``own`` for what a planner changed.

    Nothing where the folder has no scenario that can be read any more. Keys without a letter are choices, not facts.
    """
    path = folder / "scenario.toml"
    if not path.is_file():
        return {}
    try:
        keys = stated_keys(load_scenario(path))
    except InputError:
        return {}
    groups = defaultdict[str, list[str]](list)
    for each in keys:
        letter = each.key.letter if each.is_default else "own"
        if letter:
            groups[letter].append(each.path)
    return {letter: groups[letter] for letter in LETTER_WORDS if groups[letter]}
