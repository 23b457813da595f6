"""CONTRIBUTING.md is followed in a copy of the tree, recipe by recipe, and each new piece is seen to work."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

import dronesim
from command import TINY

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
COPIED: Final = (
    "src",
    "tests",
    "benchmarks",
    "examples",
    "docs",
    "scenarios",
    "maps",
    "pyproject.toml",
    "Makefile",
    "CONTRIBUTING.md",
    "README.md",
)
"""What recipes touch, and what they are checked with."""
TOUCHES: Final = re.compile(r"^Touches: ((?:`[^`]+`(?:,\s)?)+)$", re.MULTILINE)
MAKE_DOCS: Final = "docs/model.md"
"""What `make docs` writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block of the page: its language, the file that it is about if it names one, and its lines."""

    language: str
    file: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A section of the page that names the files it touches."""

    name: str
    touches: tuple[str, ...]
    blocks: tuple[Block, ...]

    @property
    def writes(self) -> list[str]:
        """Name what its blocks write or change, each once, and what its commands make anew."""
        makes_docs = any("$ make docs" in block.text for block in self.blocks if block.language == "console")
        files = [block.file for block in self.blocks if block.file and block.language != "csv"]
        return [*dict.fromkeys(files), *([MAKE_DOCS] if makes_docs else [])]


def recipes() -> Iterator[Recipe]:
    """Read the recipes off the page."""
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        found = TOUCHES.search(section)
        if found:
            blocks = re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
            yield Recipe(
                name=section.partition("\n")[0],
                touches=tuple(re.findall(r"`([^`]+)`", found[1])),
                blocks=tuple(Block(language=language, file=file, text=text) for language, file, text in blocks),
            )


RECIPES: Final = {recipe.name: recipe for recipe in recipes()}

# following


@pytest.fixture(scope="session")
def _compiled() -> None:
    """Compile the kernels of a day here once, where they are not yet."""
    dronesim.run(TINY)


@pytest.fixture
def tree(tmp_path: Path, _compiled: None) -> Path:
    """A copy of the tree; compiled kernels come along, so that nothing is compiled anew."""
    for name in COPIED:
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.egg-info", ".*"))
        else:
            shutil.copy2(source, target)
    return tmp_path


def write(block: Block, tree: Path) -> None:
    """Write the file of a block, or make the changes that it shows."""
    path = tree / block.file
    if block.language != "diff":
        assert not path.exists(), f"{block.file} is there already"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    for part in re.split(r"^@@$\n", block.text, flags=re.MULTILINE):
        text = changed(text, part, block.file)
    path.write_text(text, encoding="utf-8")


def changed(text: str, part: str, file: str) -> str:
    """Make one change, whose old lines stand in one place of the text."""
    lines = part.splitlines(keepends=True)
    assert all(line[0] in " +-\n" for line in lines), (file, part)
    before = "".join(line[1:] if line != "\n" else line for line in lines if line[0] != "+")
    after = "".join(line[1:] if line != "\n" else line for line in lines if line[0] != "-")
    places = [found.start() for found in re.finditer(f"^{re.escape(before)}", text, re.MULTILINE)]
    assert len(places) == 1, f"{file}: these lines do not stand in one place:\n{before}"
    return text[: places[0]] + after + text[places[0] + len(before) :]


def words_of(line: str) -> list[str]:
    """Give the words of a command as this machine runs it."""
    program, *rest = shlex.split(line)
    if program == "dronesim":
        return [sys.executable, "-m", "dronesim", *rest]
    if program == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        (script,) = re.findall(rf"^{rest[0]}: .*\n\t\$\(BIN\)/python (.*)$", makefile, re.MULTILINE)
        return [sys.executable, *shlex.split(script)]
    assert program in {"ls", "grep"}, line
    return [program, *rest]


def run(words: list[str], tree: Path) -> str:
    """Run a program in a tree; gives what it says."""
    variables = {**os.environ, "PYTHONPATH": str(tree / "src"), "MPLBACKEND": "Agg", "COLUMNS": "200"}
    ended = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tree, env=variables, timeout=300)
    assert ended.returncode == 0, f"{shlex.join(words)}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def follow(recipe: Recipe, tree: Path) -> None:
    """Do what a recipe says, from top to bottom."""
    for block in recipe.blocks:
        if block.file:
            write(block, tree)
        elif block.language == "console":
            type_in(block.text, tree)
        else:
            assert block.language == "python", block
            run([sys.executable, "-W", "error", "-c", block.text], tree)


def type_in(session: str, tree: Path) -> None:
    """Type the commands of a session; the lines below each are found in what it says, in that order."""
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        line, *shown = part.splitlines()
        said = run(words_of(line), tree)
        for each in shown:
            assert each in said, (line, each, said)
            said = said[said.index(each) + len(each) :]


@pytest.mark.parametrize("recipe", [pytest.param(recipe, id=name) for name, recipe in RECIPES.items()])
def test_a_recipe_is_followed_and_the_new_piece_works(recipe: Recipe, tree: Path) -> None:
    follow(recipe, tree)


GATE: Final = (
    ("-m", "ruff", "check", "src", "tests", "benchmarks"),
    ("-m", "ruff", "format", "--check", "src", "tests", "benchmarks"),
    ("-m", "mypy"),
    ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"),
)
LISTS: Final = (
    *("tests/unit/test_literals.py", "tests/unit/test_structure.py", "tests/unit/test_record_resources.py"),
    *("tests/unit/test_record_incidents.py", "tests/unit/test_every_key.py", "tests/unit/test_evidence.py"),
    *("tests/docs/test_model_page.py", "tests/unit/test_naive_twin.py"),
    *("tests/contract/test_policies.py", "tests/contract/test_aircraft.py"),
)
"""Tests that hold lists together, which is where a new piece is forgotten."""
CHOSEN: Final = (
    "(not test_a_key_changes_a_day or cool_s or checker or link_lost) and not find_again"
    " and (not (test_policies.py or test_aircraft.py) or youngest or octo-5kg)"
)
"""All keys, policies and drone types that ship are tried elsewhere, and what is validated moves with results."""


@pytest.mark.slow
def test_all_pieces_together_pass_the_gate(tree: Path) -> None:
    """What mypy knows of files that no recipe touches comes along, where it has been run here (`make test` does)."""
    if (ROOT / ".mypy_cache").is_dir():
        shutil.copytree(ROOT / ".mypy_cache", tree / ".mypy_cache")
    for block in (block for recipe in RECIPES.values() for block in recipe.blocks if block.file):
        write(block, tree)
    run(words_of("make docs"), tree)
    for words in GATE:
        run([sys.executable, *words], tree)
    said = run([sys.executable, "-m", "pytest", "-v", "-x", "-p", "no:cacheprovider", "-k", CHOSEN, *LISTS], tree)
    for piece in ("youngest", "octo-5kg", "cool_s", "link_lost"):
        assert piece in said, piece


# the page


def test_there_is_a_recipe_for_each_kind_of_piece() -> None:
    pieces = ["policy", "KPI", "picture", "importer", "drone type", "scenario key", "trouble", "drill", "resource"]
    assert list(RECIPES) == [f"{'An' if piece[0] == 'i' else 'A'} {piece}" for piece in pieces]


@pytest.mark.parametrize("recipe", [pytest.param(recipe, id=name) for name, recipe in RECIPES.items()])
def test_a_recipe_names_all_files_that_it_touches(recipe: Recipe) -> None:
    assert sorted(recipe.touches) == sorted(recipe.writes)


def test_a_change_that_fits_nowhere_or_twice_is_told() -> None:
    assert changed("a\nb\n", " a\n+c\n", "f") == "a\nc\nb\n"
    for text in ("x\n", "a\na\n"):
        with pytest.raises(AssertionError, match="f: these lines do not stand in one place"):
            changed(text, " a\n+c\n", "f")


def test_links_of_the_page_lead_to_files() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", PAGE):
        assert (ROOT / target).is_file(), target


def test_files_that_the_text_names_are_there() -> None:
    named = re.findall(r"`((?:src|tests|docs|benchmarks)/[\w./-]+)`", TOUCHES.sub("", PAGE))
    assert len(named) > 5
    assert [name for name in named if not (ROOT / name).exists()] == []
