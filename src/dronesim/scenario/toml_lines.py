"""Line numbers of all keys in a TOML text that is known to be valid, which the standard parser doesn't tell."""

from __future__ import annotations

import re
import tomllib
from typing import Final, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY: Final = re.compile(r"""[ \t]*([A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')[ \t]*""")
_STRING: Final = re.compile(
    "|".join(
        [
            r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})',
            r"\'{3}.*?\'{3}(?:\'{0,2})",
            r'"(?:[^"\\\n]|\\.)*"',
            r"'[^'\n]*'",
        ]
    ),
    re.DOTALL,
)
_SCALAR: Final = re.compile(r"[^,\]}#\n]*")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Map each key path to the line it stands on, from 1; array elements count from 0 in the path.

    Tables, dotted and quoted keys, inline tables, arrays and arrays of tables are followed. Call it with a
    text that ``tomllib`` has accepted; it checks nothing itself.
    """
    return _Scanner(text).scan()


class _Scanner:
    """One pass over a text; ``_at`` is the place of the next character."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._line, self._counted = 1, 0
        self._lines: dict[KeyPath, int] = {}
        self._array_sizes: dict[KeyPath, int] = {}

    def scan(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self._lines

    def _header(self) -> KeyPath:
        is_array = self._text.startswith("[[", self._at)
        line = self._line_here()
        self._at += 2 if is_array else 1
        keys = self._keys()
        self._at += 2 if is_array else 1
        path = self._inside_arrays(keys[:-1]) + keys[-1:]
        path = self._next_element(path) if is_array else self._inside_arrays(keys)
        self._note(path, line)
        return path

    def _next_element(self, path: KeyPath) -> KeyPath:
        number = self._array_sizes.get(path, 0)
        self._array_sizes[path] = number + 1
        return (*path, number)

    def _inside_arrays(self, keys: KeyPath) -> KeyPath:
        """Follow a header's keys; where one names an array of tables, its last element is meant."""
        path: KeyPath = ()
        for key in keys:
            path = (*path, key)
            if path in self._array_sizes:
                path = (*path, self._array_sizes[path] - 1)
        return path

    def _pair(self, table: KeyPath) -> None:
        line = self._line_here()
        path = table + self._keys()
        self._at += 1
        self._note(path, line)
        self._value(path)

    def _keys(self) -> KeyPath:
        keys: list[str] = []
        while True:
            found = _KEY.match(self._text, self._at)
            if found is None:
                return tuple(keys)
            keys.append(_bare(found.group(1)))
            self._at = found.end()
            if not self._text.startswith(".", self._at):
                return tuple(keys)
            self._at += 1

    def _value(self, path: KeyPath) -> None:
        self._skip(_BLANK)
        opening = self._text[self._at : self._at + 1]
        if opening == "[":
            self._elements(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            self._skip(_STRING if opening and opening in "\"'" else _SCALAR)

    def _elements(self, path: KeyPath) -> None:
        number = 0
        while self._more("]"):
            self._note((*path, number), self._line_here())
            self._value((*path, number))
            number += 1

    def _inline_table(self, path: KeyPath) -> None:
        while self._more("}"):
            self._pair(path)

    def _more(self, closing: str) -> bool:
        """Step over the opening bracket or a comma; tell whether something follows before the closing one."""
        self._skip(_BLANK)
        if self._text[self._at : self._at + 1] == closing:
            self._at += 1
            return False
        self._at += 1
        self._skip(_BLANK)
        if self._text[self._at : self._at + 1] == closing:
            self._at += 1
            return False
        return self._at < len(self._text)

    def _note(self, path: KeyPath, line: int) -> None:
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], line)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at + 1

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line


def _bare(key: str) -> str:
    if key[0] not in "\"'":
        return key
    return str(tomllib.loads(f"key = {key}")["key"])
