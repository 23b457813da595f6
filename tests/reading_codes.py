"""Reads QR codes out of pictures as a phone does, with a program that knows nothing of the one that draws them."""

from __future__ import annotations

import io
import re

import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

LIGHT, DARK = 255, 0
CELL = 6
"""Pixels that a module is drawn with."""
_HALVES = {"█": (LIGHT, LIGHT), "▀": (LIGHT, DARK), "▄": (DARK, LIGHT), " ": (DARK, DARK)}


def read_pixels(pixels: Pixels) -> list[str]:
    """Texts of the QR codes in a picture of grey values."""
    found = zxingcpp.read_barcodes(pixels, formats=zxingcpp.BarcodeFormat.QRCode)
    return [code.text for code in found]


def read_png(content: bytes) -> list[str]:
    return read_pixels(np.asarray(Image.open(io.BytesIO(content)).convert("L")))


def read_terminal(text: str) -> list[str]:
    """Draw each character as a terminal does, black background and light ink, and read that."""
    plain = re.sub(r"\x1b\[[\d;]*m", "", text).splitlines()
    rows = [[_HALVES[character][half] for character in line] for line in plain for half in (0, 1)]
    return read_pixels(np.kron(np.array(rows, np.uint8), np.ones((CELL, CELL), np.uint8)))


def read_svg(text: str) -> list[str]:
    """Draw the strokes of the path, which are one unit high, on the white ground of the picture."""
    width, height = (int(number) for number in re.findall(r'\b(?:width|height)="(\d+)"', text)[:2])
    scale = int(_only(r"scale\((\d+)\)", text))
    ground, ink = _only(r'<path[^>]* fill="([^"]+)" d="M0 0h\d+v\d+h-\d+z"', text), _only(r'stroke="([^"]+)"', text)
    assert (ground, ink) == ("#fff", "#000")
    modules = np.full((height // scale, width // scale), LIGHT, np.uint8)
    x, y = 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", _only(r'class="qrline"[^>]* d="([^"]+)"', text)):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if command == "h":
            modules[int(y), int(x) : int(x + values[0])] = DARK
            x += values[0]
        else:
            x, y = (values[0], values[1]) if command == "M" else (x + values[0], y + values[1])
    return read_pixels(np.kron(modules, np.ones((CELL, CELL), np.uint8)))


def _only(pattern: str, text: str) -> str:
    (found,) = set(re.findall(pattern, text))
    return str(found)
