"""Letters that the font of all pictures lacks are drawn by others of the machine, or told once."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from dronesim.report import drawing, typefaces

CHINESE = "龙岗·起飞点"


@pytest.fixture(autouse=True)
def nothing_met(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins as a process does."""
    monkeypatch.setattr(typefaces, "FACES", typefaces.Typefaces())


def drawn(text: str) -> bytes:
    def draw() -> Figure:
        with drawing.house_style():
            figure = drawing.new_figure(4.0, 2.0)
            axes = figure.subplots()
            axes.set_title(text)
            axes.text(0.1, 0.5, text, fontweight="bold")
        return figure

    return drawing.png_of(draw)


def chinese_font() -> None:
    """Leave a test out where the machine has no font with Chinese letters."""
    if typefaces._families({ord(CHINESE[0])}) == []:
        pytest.skip("this machine has no font with Chinese letters, as fonts-wqy-microhei")


def test_letters_without_any_font_are_told_once_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(typefaces, "_candidates", list)
    assert drawn(f"{CHINESE} 🚁") == drawn(f"{CHINESE} 🚁")
    told = (
        "warning: no font on this machine has 岗 点 起 飞 龙 🚁: pictures show boxes instead; install one "
        "(Debian: fonts-wqy-microhei or fonts-noto-cjk, fonts-symbola, in one colour), and draw again"
    )
    assert capsys.readouterr().err.splitlines() == [told]


def test_chinese_letters_are_drawn_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    chinese_font()
    boxes = drawn("\U0010fffd" * len(CHINESE))
    capsys.readouterr()
    assert drawn(CHINESE) != boxes
    assert capsys.readouterr().err == ""
    assert len(typefaces.FACES.families) == 2


def test_no_picture_depends_on_what_was_drawn_before(monkeypatch: pytest.MonkeyPatch) -> None:
    chinese_font()
    plain, chinese = drawn("plain Ünï ≤ −5"), drawn("岗")
    assert typefaces.FACES.families != (typefaces.HOUSE,)
    assert drawn("plain Ünï ≤ −5") == plain
    monkeypatch.setattr(typefaces, "FACES", typefaces.Typefaces())
    drawn(CHINESE)
    assert drawn("岗") == chinese


def test_arabic_is_joined_and_runs_from_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    """The letters apart, by a joiner that does not join, are another picture than the word."""
    assert drawn("مطار") != drawn("م\u200cط\u200cا\u200cر")
    assert capsys.readouterr().err == ""


def test_long_lines_are_cut_and_short_ones_kept() -> None:
    figure = Figure(figsize=(4.0, 2.0))
    axes = figure.subplots()
    short, long = axes.set_title("short"), axes.text(0, 0, "龙" * 300 + "\nshort")
    drawing._fitted(figure)
    assert short.get_text() == "short"
    assert long.get_text().split("\n")[0].endswith("龙…")
    assert long.get_text().split("\n")[1] == "short"


def test_formulas_are_text(capsys: pytest.CaptureFixture[str]) -> None:
    drawn(r"$x^2$ \frac{1}{2} {{x}} $ _ ^")
    assert capsys.readouterr().err == ""
