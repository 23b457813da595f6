"""Pickup codes as QR codes: in the characters of a terminal, as SVG, as PNG.

segno is imported when a picture is drawn, for a simulated cabinet draws none.
"""

from __future__ import annotations

import io
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from segno import QRCode

QUIET_ZONE: Final = 4
"""Light modules around the code (ISO/IEC 18004, section 6.3.8)."""
PIXELS: Final = 8
"""Pixels of a module in a PNG, so that it can be printed at 3 cm."""
SVG_UNITS: Final = 3
_HALVES: Final = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
"""A character by its upper and its lower module, True for dark; what is drawn is light."""
_LIGHT_ON_BLACK: Final = "\x1b[97;40m"
_PLAIN: Final = "\x1b[0m"


def terminal_picture(token: str, *, has_color: bool = False) -> str:
    """Draw the token as a QR code of 41 columns and 21 lines or a little more, two modules a character.

    The blocks are the light modules: right on a dark terminal as it is. With ``has_color`` the colours are stated,
    so that it is right on a light one too.
    """
    rows = [[bool(module) for module in row] for row in _code(token).matrix_iter(border=QUIET_ZONE)]
    nothing = [True] * len(rows[0])
    pairs = zip_longest(rows[::2], rows[1::2], fillvalue=nothing)
    lines = ["".join(_HALVES[pair] for pair in zip(*pair_of_rows, strict=True)) for pair_of_rows in pairs]
    return "\n".join(f"{_LIGHT_ON_BLACK}{line}{_PLAIN}" if has_color else line for line in lines)


def svg_picture(token: str) -> str:
    """Draw the token as a QR code, black on white, an SVG document that may also stand inside a page."""
    file = io.BytesIO()
    _code(token).save(file, kind="svg", scale=SVG_UNITS, border=QUIET_ZONE, light="#fff", xmldecl=False, nl=False)
    return file.getvalue().decode()


def png_picture(token: str) -> bytes:
    """Draw the token as a QR code, black on white, and give the bytes of a PNG file."""
    file = io.BytesIO()
    _code(token).save(file, kind="png", scale=PIXELS, border=QUIET_ZONE, light="#fff")
    return file.getvalue()


def _code(token: str) -> QRCode:
    """Make the code with room for a dirty screen: about 15 % of it may be unreadable (level M)."""
    import segno

    return segno.make_qr(token, error="m")
