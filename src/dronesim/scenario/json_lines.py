"""Line numbers of the features in a GeoJSON text, which the standard parser doesn't tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')
_FEATURES_DEPTH: Final = 2


def feature_lines(text: str) -> list[int]:
    """Give the line, from 1, on which each element of the top-level ``"features"`` begins.

    Call it with a text that ``json`` has accepted; it checks nothing itself.
    """
    lines, line, counted = [], 1, 0
    for start in _feature_starts(text):
        line += text.count("\n", counted, start)
        counted = start
        lines.append(line)
    return lines


def _feature_starts(text: str) -> Iterator[int]:
    """Offsets of the opening braces that stand right inside the features array."""
    depth, is_inside, last_key = 0, False, ""
    for found in _TOKEN.finditer(text):
        mark = found.group()
        if mark[0] == '"':
            last_key = mark if depth == 1 else last_key
        elif mark in "[{":
            is_inside = is_inside or (depth == 1 and mark == "[" and last_key == '"features"')
            if is_inside and depth == _FEATURES_DEPTH and mark == "{":
                yield found.start()
            depth += 1
        else:
            depth -= 1
            is_inside = is_inside and depth >= _FEATURES_DEPTH
