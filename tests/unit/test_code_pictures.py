"""A phone reads the code from the terminal, from SVG and from PNG, whatever the token."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dronesim.codes import issue_code, png_picture, svg_picture, terminal_picture
from reading_codes import read_pixels, read_png, read_svg, read_terminal

TOKEN = issue_code(b"a key", order=17, airport=3, box=5, expires_ms=51_723_456)
LARGEST = issue_code(b"a key", order=999_999, airport=499, box=99_999, expires_ms=2**31 - 1)


@pytest.mark.parametrize("token", [TOKEN, LARGEST], ids=["usual", "largest"])
def test_every_picture_reads_as_the_token(token: str) -> None:
    assert read_terminal(terminal_picture(token)) == [token]
    assert read_terminal(terminal_picture(token, has_color=True)) == [token]
    assert read_svg(svg_picture(token)) == [token]
    assert read_png(png_picture(token)) == [token]


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 10**6), st.integers(0, 499), st.integers(0, 10**5), st.integers(0, 2**31))
def test_any_token_reads_in_the_terminal(order: int, airport: int, box: int, expires_ms: int) -> None:
    token = issue_code(b"k", order=order, airport=airport, box=box, expires_ms=expires_ms)
    assert read_terminal(terminal_picture(token)) == [token]


def test_the_picture_fits_into_a_plain_terminal() -> None:
    for token in (TOKEN, LARGEST):
        lines = terminal_picture(token).splitlines()
        assert len(lines) <= 23
        assert {len(line) for line in lines} <= set(range(41, 80))
    assert len(terminal_picture(TOKEN).splitlines()) == 21


def test_colours_are_stated_on_every_line_and_taken_back() -> None:
    for line in terminal_picture(TOKEN, has_color=True).splitlines():
        assert line.startswith("\x1b[97;40m")
        assert line.endswith("\x1b[0m")
    assert "\x1b" not in terminal_picture(TOKEN)


def test_a_picture_survives_a_dirty_screen_and_not_any_damage() -> None:
    """A spot of a tenth of the side can be made good; one of half of it can't, which shows that the reader reads."""
    pixels = np.asarray(Image.open(io.BytesIO(png_picture(TOKEN))).convert("L")).copy()
    side = len(pixels)
    small, large = pixels.copy(), pixels.copy()
    small[side // 2 : side * 6 // 10, side // 2 : side * 6 // 10] = 255
    large[side // 4 : side * 3 // 4, side // 4 : side * 3 // 4] = 255
    assert read_pixels(small) == [TOKEN]
    assert read_pixels(large) == []
