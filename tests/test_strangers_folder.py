"""A folder from a stranger: no verb runs code of it unasked, and what is run is named before."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dronesim
from command import TINY, call, command, environment
from dronesim.dispatch import POLICIES
from dronesim.dispatch.registry import ALIASES
from dronesim.errors import InputError
from dronesim.verify import again
from oracles.handmade_run import seal

pytestmark = pytest.mark.usefixtures("no_pictures")

SET_FEW = ("--set", "demand.orders=5")


def leaves_a_mark(marker: Path) -> str:
    """Code that tells that it ran."""
    return f"with open({str(marker)!r}, 'a') as file:\n    file.write(__name__ + ' ')\n"


def everything_importable() -> set[str]:
    """Names of the modules of Python, of our packages and of some that neither has."""
    packages = {path.stem for place in sys.path if place.endswith("site-packages") for path in Path(place).iterdir()}
    names = {*sys.stdlib_module_names, *packages, "sitecustomize", "usercustomize", "matplotlib_inline", "cupy"}
    return {name for name in names if name.isidentifier()}


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A folder with a scenario, and a module of every name that leaves a mark when it is imported."""
    folder = tmp_path / "stranger"
    folder.mkdir()
    for name in ("tiny.toml", "tiny.geojson"):
        shutil.copy(TINY.with_name(name), folder / name)
    for name in sorted(everything_importable()):
        (folder / f"{name}.py").write_text(leaves_a_mark(tmp_path / "mark"))
    return folder


def said_by(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(words, capture_output=True, text=True, cwd=folder, env=environment(), timeout=600)
    assert ended.returncode == 0, (words, ended.stdout, ended.stderr)
    return ended


SCRIPT = Path(sys.executable).with_name("dronesim")
VERBS = {
    "validate": ("validate", "tiny.toml"),
    "run": ("run", "tiny.toml", *SET_FEW, "--out", "one"),
    "two workers": ("run", "tiny.toml", *SET_FEW, "--replications", "2", "--workers", "2", "--out", "two"),
    "verify": ("verify", "one", "--rerun"),
    "report": ("report", "one"),
    "stress": ("report", "one", "--stress"),
    "code": ("code", "one", "--order", "0"),
    "list": ("list", "scenarios", "."),
}


ONE_AFTER_THE_OTHER = """
import json, pathlib, sys
from dronesim.cli import main

if __name__ == "__main__":
    mark, verbs = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])
    for words in verbs:
        sys.argv[1:] = words
        try:
            main()
        except SystemExit as end:
            assert not end.code, (words, end.code)
        assert not mark.exists(), (words, mark.read_text())
"""
"""As the script that is installed, but for many verbs: each process that begins takes a second."""


def test_no_module_of_the_current_folder_is_imported_by_any_verb(trap: Path, tmp_path: Path) -> None:
    said_by([str(SCRIPT), *VERBS["validate"]], trap)
    assert not (tmp_path / "mark").exists(), (tmp_path / "mark").read_text()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "verbs.py").write_text(ONE_AFTER_THE_OTHER)
    verbs = [words for verb, words in VERBS.items() if verb != "validate"]
    said_by([sys.executable, str(tmp_path / "bin" / "verbs.py"), str(tmp_path / "mark"), json.dumps(verbs)], trap)


def test_python_with_m_imports_none_of_them_either(trap: Path, tmp_path: Path) -> None:
    """But for what Python itself imports before our first line, and for a program of our name."""
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "__init__.py").write_text("import sys\nprint(*sys.modules)\nsys.exit()\n")
    before_us = subprocess.run([sys.executable, "-m", "bare"], capture_output=True, text=True, cwd=tmp_path).stdout
    for name in ("dronesim", *before_us.split()):
        (trap / f"{name}.py").unlink(missing_ok=True)
    for verb in ("validate", "two workers"):
        said_by(command(*VERBS[verb]), trap)
        assert not (tmp_path / "mark").exists(), (verb, (tmp_path / "mark").read_text())


def test_settings_of_a_compiler_in_the_current_folder_do_not_choose_where_compiled_code_comes_from(trap: Path) -> None:
    (trap / ".numba_config.yaml").write_text("cache_dir: theirs\n")
    said_by([str(SCRIPT), *VERBS["validate"]], trap)
    assert not (trap / "theirs").exists()


# a policy of the folder


def write_policy(folder: Path, text: str, *, name: str = "their_rules") -> Path:
    path = folder / f"{name}.py"
    path.write_text(text + "from dronesim.dispatch import POLICIES\n\n\ndef mine(view):\n")
    path.write_text(path.read_text() + "    return POLICIES['nearest'](view)\n")
    return path


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A scenario with a policy that leaves a mark when its file is imported."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    shutil.copy(TINY.with_name("tiny.geojson"), folder / "tiny.geojson")
    text = TINY.read_text().replace("orders = 60", "orders = 5")
    (folder / "tiny.toml").write_text(text + '\n[dispatch]\npolicy = "their_rules:mine"\n')
    write_policy(folder, leaves_a_mark(tmp_path / "mark"))
    return folder


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_validate_reads_a_policy_and_runs_nothing_of_it(theirs: Path, tmp_path: Path) -> None:
    answer = call("validate", theirs / "tiny.toml")
    assert (answer.code, answer.err) == (0, "")
    digest = hash_of(theirs / "their_rules.py")
    assert f"policy file: {theirs / 'their_rules.py'}, SHA-256 {digest}" in answer.out
    assert "was read and not run" in answer.out
    found = json.loads(call("validate", theirs / "tiny.toml", "--json").out)["policy_source"]
    assert found == {"name": "their_rules:mine", "file": str(theirs / "their_rules.py"), "sha256": digest}
    assert not (tmp_path / "mark").exists()


READ: dict[str, tuple[str, str | None]] = {
    "a function": ("def mine(view):\n    pass\n", None),
    "a function with more that has defaults": ("def mine(view, *, more=1):\n    pass\n", None),
    "a function of all": ("def mine(*views):\n    pass\n", None),
    "an object": ("class Kind:\n    pass\n\n\nmine = Kind()\n", None),
    "a decorated function": ("import functools\n\n\n@functools.cache\ndef mine():\n    pass\n", None),
    "one that is imported": ("from elsewhere import mine\n", None),
    "one that all is imported for": ("from elsewhere import *\n", None),
    "one of a branch": ("try:\n    import fast as mine\nexcept ImportError:\n    mine = None or print\n", None),
    "one of a loop": ("for mine in (print, len):\n    pass\n", None),
    "one of a case": ("match 1:\n    case 1:\n        def mine(view):\n            pass\n", None),
    "one that is made": ("globals()['mine'] = print\n", None),
    "one that is found": ("def __getattr__(name):\n    return print\n", None),
    "a lambda": ("mine = lambda view: view\n", None),
    "a lambda of two": ("mine = lambda view, more: view\n", "one positional argument"),
    "a function of none": ("def mine():\n    pass\n", "one positional argument"),
    "a function of two": ("def mine(view, more):\n    pass\n", "one positional argument"),
    "a function that needs a name": ("def mine(view, *, more):\n    pass\n", "one positional argument"),
    "a class": ("class mine:\n    pass\n", "is a class"),
    "a number": ("mine = 3\n", "has no callable named mine"),
    "nothing": ("def other(view):\n    pass\n", "has no callable named mine"),
    "one inside another": ("def other(view):\n    def mine(view):\n        pass\n", "has no callable named mine"),
    "no Python": ("def mine(view:\n", "can't be imported: SyntaxError"),
    "no text": ("\0", "can't be imported"),
    "a return outside": ("return 1\n\n\ndef mine(view):\n    pass\n", "can't be imported: SyntaxError"),
}


@pytest.mark.parametrize("kind", READ)
def test_what_reading_tells_of_a_policy(kind: str, theirs: Path) -> None:
    text, refused = READ[kind]
    (theirs / "their_rules.py").write_text(text)
    answer = call("validate", theirs / "tiny.toml")
    assert answer.code == (0 if refused is None else 2), answer
    if refused is not None:
        assert len(answer.complaints) == 1
        assert refused in answer.complaints[0]


def test_a_policy_is_named_with_file_and_hash_before_it_runs(theirs: Path, tmp_path: Path) -> None:
    path = write_policy(theirs, f"print('runs')\n# {tmp_path}\n")
    for quiet in ((), ("--quiet",)):
        path.write_text(path.read_text() + f"# {quiet}\n")
        answer = call("run", theirs / "tiny.toml", "--out", tmp_path / "run", *quiet)
        assert answer.code == 0
        first, second, *_ = answer.err.splitlines()
        assert first == (
            "runs code that is not part of dronesim: "
            f"policy their_rules:mine of {path} (SHA-256 {hash_of(path)}), and what it imports from beside it"
        )
        assert second == "runs"
    verbs = ("size", "bottlenecks", "sweep --vary fleet.drones=3:4", "compare --policy nearest,their_rules:mine")
    for verb in verbs:
        path.write_text(path.read_text() + f"# {verb}\n")
        name, *options = verb.split()
        words = ("--out", tmp_path / name, "--workers", 1, "--quiet")
        few = ("--max-replications", 10) if name == "size" else ("--replications", 2)
        answer = call(name, theirs / "tiny.toml", *options, *words, *few)
        assert answer.err.startswith("runs code that is not part of dronesim: "), answer
        assert hash_of(path) in answer.err
        assert answer.err.count(str(path)) == 1


def test_a_policy_is_named_from_python_too(theirs: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = write_policy(theirs, f"# {tmp_path} from Python\n")
    dronesim.run(theirs / "tiny.toml")
    assert hash_of(path) in capsys.readouterr().err
    dronesim.run(theirs / "tiny.toml", policy=POLICIES["greedy"])
    assert capsys.readouterr().err == ""


def test_a_module_of_the_program_itself_is_not_named(tmp_path: Path) -> None:
    words = ("--set", "dispatch.policy=dronesim.dispatch.policies.greedy:greedy", *SET_FEW, "--out", tmp_path / "run")
    answer = call("run", TINY, *words, "--quiet")
    assert (answer.code, answer.err) == (0, "")


def test_days_are_run_again_where_a_policy_is_another_by_the_same_name(theirs: Path, tmp_path: Path) -> None:
    """A name for a built-in one is code of the planner's too: which one it is stands in his file."""
    words = ("--replications", 2, "--workers", 1, "--set", "demand.orders=60", "--out", tmp_path / "out", "--quiet")
    kept = []
    for name in ("nearest", "greedy", "greedy"):
        (theirs / "their_rules.py").write_text(f"from dronesim.dispatch import POLICIES\nmine = POLICIES['{name}']\n")
        assert call("run", theirs / "tiny.toml", *words).code == 0
        kept.append(len(list((tmp_path / "out" / "replications").glob("*.json"))))
    assert kept == [2, 4, 4]


def test_modules_beside_a_policy_serve_it_and_replace_none_of_pythons(theirs: Path, tmp_path: Path) -> None:
    """Nor is bytecode believed, which may be of other code than the file that is named."""
    for name in ("colorsys", "jinja2", "numpy", "json"):
        (theirs / f"{name}.py").write_text(leaves_a_mark(tmp_path / "mark"))
    (theirs / "only_here.py").write_text("one = 1\n")
    write_policy(theirs, "import colorsys, jinja2, json, numpy, only_here\nassert only_here.one == 1\n")
    assert call("run", theirs / "tiny.toml", "--out", tmp_path / "run", "--quiet").code == 0
    assert not (tmp_path / "mark").exists()
    assert not (theirs / "__pycache__").exists()


def test_bytecode_beside_a_policy_is_not_run(theirs: Path, tmp_path: Path) -> None:
    import importlib.util
    import py_compile

    path = theirs / "their_rules.py"
    evil = tmp_path / "evil.py"
    evil.write_text(path.read_text())
    clean = write_policy(theirs, "# no mark\n")
    place = importlib.util.cache_from_source(str(clean))
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(evil), cfile=place, invalidation_mode=mode)
    assert call("run", theirs / "tiny.toml", "--out", tmp_path / "run", "--quiet").code == 0
    assert not (tmp_path / "mark").exists()


# run again


@pytest.fixture
def saved(theirs: Path, tmp_path: Path) -> Path:
    """A run with a policy of its own, whose mark is wiped away."""
    assert call("run", theirs / "tiny.toml", "--out", tmp_path / "run", "--quiet").code == 0
    (tmp_path / "mark").unlink()
    return tmp_path / "run"


def test_a_policy_is_run_again_only_if_it_is_trusted(saved: Path, tmp_path: Path) -> None:
    digest = hash_of(saved / "inputs" / "their_rules.py")
    answer = call("verify", saved, "--rerun")
    assert (answer.code, answer.out, len(answer.complaints)) == (2, "", 1)
    for said in ("their_rules:mine", str(saved / "inputs" / "their_rules.py"), digest, "--trust"):
        assert said in answer.complaints[0]
    assert not (tmp_path / "mark").exists()
    answer = call("verify", saved, "--rerun", "--trust")
    assert answer.code == 0, answer
    assert "re-run gives the same bytes: ok" in answer.out
    assert len(answer.err.splitlines()) == 1, "it is named once"
    assert answer.err.startswith("runs code that is not part of dronesim: policy their_rules:mine of ")
    assert digest in answer.err
    assert set((tmp_path / "mark").read_text().split()) == {"their_rules"}


def test_the_same_from_python(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--trust"):
        dronesim.open_run(saved).verify(rerun=True)
    assert not (tmp_path / "mark").exists()
    assert dronesim.open_run(saved).verify(rerun=True, trust=True).is_clean


@pytest.mark.parametrize("trust", [(), ("--trust",)])
def test_nothing_is_run_again_where_a_hash_is_wrong(trust: tuple[str, ...], saved: Path, tmp_path: Path) -> None:
    path = saved / "inputs" / "their_rules.py"
    path.write_text(path.read_text() + "# changed\n")
    answer = call("verify", saved, "--rerun", *trust)
    assert answer.code == 1
    assert "inputs/their_rules.py has SHA-256" in answer.out
    assert "re-run gives the same bytes: skipped (not run again" in answer.out
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("file", ["kpis.json", "inputs/map.geojson", "scenario.toml", "legs.parquet"])
def test_nor_where_that_of_any_other_file_is(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("run", TINY, *SET_FEW, "--out", tmp_path / "run", "--quiet").code == 0
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    manifest["files"][file] = "0" * 64
    (tmp_path / "run" / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(subprocess, "run", lambda *_: pytest.fail("started"))
    assert "not run again" in call("verify", tmp_path / "run", "--rerun").out


def test_code_that_the_manifest_does_not_name_is_a_breach(saved: Path, tmp_path: Path) -> None:
    (saved / "inputs" / "json.py").write_text(leaves_a_mark(tmp_path / "mark"))
    answer = call("verify", saved, "--rerun", "--trust")
    assert answer.code == 1
    assert "inputs/json.py is in the folder but not in the manifest" in answer.out
    assert not (tmp_path / "mark").exists()


def test_no_other_policy_runs_than_the_one_that_was_looked_at(saved: Path, tmp_path: Path) -> None:
    """A saved scenario extends nothing; one that does can't bring a policy in."""
    text = (saved / "scenario.toml").read_text()
    policy = next(line for line in text.splitlines() if line.startswith("policy = "))
    (tmp_path / "hidden.toml").write_text(text)
    (saved / "scenario.toml").write_text('extends = "../hidden.toml"\n' + text.replace(policy, ""))
    seal(saved)
    answer = call("verify", saved, "--rerun")
    assert answer.code == 1
    assert not (tmp_path / "mark").exists()


def test_verify_alone_runs_nothing(saved: Path, tmp_path: Path) -> None:
    assert call("verify", saved).code == 0
    assert not (tmp_path / "mark").exists()
    answer = call("verify", saved, "--trust")
    assert (answer.code, answer.complaints[0]) == (
        2,
        "command line: --trust: is for --rerun, which alone runs a policy; add it, or leave --trust out",
    )


def test_a_run_is_run_again_from_a_folder_full_of_traps(trap: Path, tmp_path: Path) -> None:
    """Also where the run itself lies among them, or they in the run."""
    assert call("run", TINY, *SET_FEW, "--out", tmp_path / "run", "--quiet").code == 0
    inside = shutil.copytree(tmp_path / "run", trap / "run")
    said_by([str(SCRIPT), "verify", "run", "--rerun"], trap)
    said_by([str(SCRIPT), "verify", ".", "--rerun"], inside)
    assert not (tmp_path / "mark").exists()


def test_verify_knows_the_policies_that_are_built_in() -> None:
    assert {*POLICIES, *ALIASES} == again.BUILT_IN
    assert POLICIES[again._DEFAULT] is POLICIES["nearest"]
