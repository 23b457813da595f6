"""Fonts for names in any script: which ones of this machine have the letters that the font of all pictures lacks."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

HOUSE: Final = "DejaVu Sans"
"""It comes with matplotlib, so that pictures are the same on every machine."""
PREFERRED: Final = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "SimHei", "STHeiti",
    "Droid Sans Fallback", "Noto Sans CJK JP", "Noto Sans Arabic", "Noto Emoji", "Symbola", "Segoe UI Symbol",
    "Segoe UI Emoji", "Arial Unicode MS",
)  # fmt: skip
"""Asked first, in this order; then all others by name, those without serifs before."""
INSTALL: Final = (
    ("CJK", "fonts-wqy-microhei or fonts-noto-cjk"), ("HIRAGANA", "fonts-noto-cjk"), ("KATAKANA", "fonts-noto-cjk"),
    ("HANGUL", "fonts-noto-cjk"), ("THAI", "fonts-noto-core"), ("DEVANAGARI", "fonts-noto-core"),
)  # fmt: skip
"""Debian's packages by the first word of a letter's name."""
EMOJI: Final = "fonts-symbola, in one colour"
OTHER: Final = "fonts-noto-core"
_NORMAL: Final = 400
_BOLD: Final = 600
_NO_LETTERS: Final = frozenset({"Cc", "Cf", "Mn", "Me", "Zs"})
"""Signs that are drawn by no glyph of their own, or that a font may lack without harm."""
_SHOWN: Final = 6


@dataclass(slots=True)
class Typefaces:
    """The letters met so far in pictures of this process, and the families that draw them; ``told``: by none."""

    met: set[int] = field(default_factory=set)
    families: tuple[str, ...] = (HOUSE,)
    told: set[int] = field(default_factory=set)


FACES: Final = Typefaces()
"""A picture never depends on what was drawn before: every letter is of the first font, in one order, that has it."""


def letters_of(figure: Figure) -> set[int]:
    """Give all letters in a figure."""
    texts = figure.findobj(Text)
    return {ord(sign) for text in texts if text.get_visible() for sign in text.get_text()}


def wants_more(letters: Iterable[int]) -> bool:
    """Look for fonts with letters that are met for the first time; True where pictures have to be drawn with them."""
    new = {letter for letter in letters if letter > 0x7F and letter not in FACES.met and _is_drawn(letter)}
    new -= set(_had_by(_house(), new))
    if not new:
        return False
    FACES.met |= new
    before, FACES.families = FACES.families, (HOUSE, *_families(FACES.met))
    return before != FACES.families


def without_font(letters: Iterable[int]) -> list[int]:
    """Give the letters that no font here has and that were not told yet, and count them as told."""
    left = {letter for letter in letters if letter in FACES.met} - FACES.told
    for family in FACES.families:
        left -= set(_had_by(_path_of(family), left))
    FACES.told |= left
    return sorted(left)


def missing_note(letters: list[int]) -> str:
    """Say which letters can't be drawn, and what to install."""
    shown = " ".join(chr(letter) for letter in letters[:_SHOWN])
    more = f" and {len(letters) - _SHOWN} more" if len(letters) > _SHOWN else ""
    packages = dict.fromkeys(_package(letter) for letter in letters)
    named = ", ".join(packages)
    remedy = f"install one (Debian: {named}), and draw again"
    return f"no font on this machine has {shown}{more}: pictures show boxes instead; {remedy}"


def _is_drawn(letter: int) -> bool:
    return unicodedata.category(chr(letter)) not in _NO_LETTERS


def _package(letter: int) -> str:
    name = unicodedata.name(chr(letter), "")
    if unicodedata.category(chr(letter)) == "So":
        return EMOJI
    return next((package for word, package in INSTALL if name.startswith(word)), OTHER)


def _families(letters: set[int]) -> list[str]:
    """Choose families in the one order, each for letters that none before it has."""
    left, chosen = set(letters), []
    for _, family, path in _candidates():
        found = set(_had_by(path, left))
        if found:
            chosen.append(family)
            left -= found
        if not left:
            break
    return chosen


@cache
def _candidates() -> list[tuple[int, str, str]]:
    """List a regular face of each family of this machine, those installed since the list was made included."""
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in sorted(set(font_manager.findSystemFonts()) - known):
        _add(path)
    best: dict[str, tuple[Any, ...]] = {}
    for entry in font_manager.fontManager.ttflist:
        if entry.name != HOUSE and not entry.name.startswith("Last Resort") and "Color" not in entry.name:
            off = (
                entry.style != "normal",
                abs(int(entry.weight) - _NORMAL) if _is_number(entry.weight) else 0,
                entry.fname,
            )
            best[entry.name] = min(best.get(entry.name, off), off)
    return sorted((_rank(name), name, str(off[-1])) for name, off in best.items())


def _rank(family: str) -> int:
    if family in PREFERRED:
        return PREFERRED.index(family)
    return len(PREFERRED) + (0 if "Sans" in family and "Mono" not in family else 1)


def _is_number(weight: object) -> bool:
    return isinstance(weight, int | float)


def _add(path: str) -> None:
    """Let the library know a font file; one that it can't read, as those of coloured pictures, is none for us."""
    try:
        font_manager.fontManager.addfont(path)
    except (OSError, RuntimeError, ValueError, KeyError):
        return


def _path_of(family: str) -> str:
    return _house() if family == HOUSE else next(path for _, name, path in _candidates() if name == family)


@cache
def _house() -> str:
    return str(font_manager.findfont(HOUSE))


def _had_by(path: str, letters: Iterable[int]) -> Iterator[int]:
    try:
        font = font_manager.get_font(path)
    except (OSError, RuntimeError):
        return
    yield from (letter for letter in letters if font.get_char_index(letter))
