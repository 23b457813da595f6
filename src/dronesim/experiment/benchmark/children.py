"""The other side of a policy's process: it is asked, and ended where it does not answer in time."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, cast

from dronesim.errors import InputError, Problem
from dronesim.experiment.benchmark.child import ENV
from dronesim.experiment.benchmark.day import void_day
from dronesim.experiment.benchmark.limits import Limits

GRACE_S: Final = 120.0
"""So long a day may take beside its decisions: importing, setting up, flying."""
MOST_ENDED: Final = 5
"""A policy that ended its process on so many days is not asked any more."""
_ENDING_S: Final = 10.0
"""So long a process may take to end that has closed its output."""
_CHUNK: Final = 65536
_OF_DAY: Final = void_day("").keys()
_ENDED: Final = {
    signal.SIGPROF: "a decision took more than {each:g} s of CPU time",
    signal.SIGALRM: "a decision took more than {wall:g} s of wall time",
    signal.SIGKILL: "its process was killed (out of memory?)",
}


class _GarbledError(Exception):
    """Something that is no answer came where only answers are."""


class Child:
    """One policy's process; where the policy ends it, the day is void and the next one has a new process.

    ``confined`` tells what limits the process got.
    """

    def __init__(self, policy: str, *, folder: Path | None, limits: Limits, slot: int = 0) -> None:
        home = None if folder is None else str(folder)
        self._order: dict[str, Any] = {"policy": policy, "folder": home, "limits": limits.content(), "slot": slot}
        self._ended = 0
        self._is_over = False
        self._asking = threading.Lock()
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self.confined: dict[str, str] = {}

    def hash(self, scenario: Path) -> str:
        """Give the hash of the policy's code.

        Raises
        ------
        InputError
            There is no such policy, or it can't be imported.
        """
        answer = self._ask({"scenario": str(scenario)})
        if "hash" not in answer:
            raise self._unfit(answer.get("problems") or [answer["ended"]])
        return str(answer["hash"])

    def day(self, scenario: Path, seed: int) -> dict[str, Any]:
        """Run a day; gives what came of it, void where the policy spoilt it.

        Raises
        ------
        InputError
            The scenario is not usable.
        """
        if self._ended >= MOST_ENDED:
            return void_day(f"not asked: its process ended on {MOST_ENDED} days before")
        answer = self._ask({"scenario": str(scenario), "seed": seed})
        if "problems" in answer:
            raise self._unfit(answer["problems"])
        if "ended" not in answer and not answer.keys() >= _OF_DAY:
            answer = self._end_garbled()
        self._ended += "ended" in answer
        return void_day(answer["ended"]) if "ended" in answer else answer

    def bound(self, scenario: Path, seed: int) -> float | None:
        """Give the bound of a day's share on time; None where nobody orders in range.

        Raises
        ------
        InputError
            The scenario is not usable, or the process ended.
        """
        answer = self._ask({"scenario": str(scenario), "seed": seed, "bound": True})
        if "bound" not in answer:
            raise self._unfit(answer.get("problems") or [answer["ended"]])
        found: float | None = answer["bound"]
        return found

    def end(self) -> None:
        """End the process for good, whatever it is at: nothing is answered any more."""
        self._is_over = True
        process = self._process
        if process is not None:
            # whoever waits for an answer sees that none will come, and lets go
            _kill(process)
        with self._asking:
            self._drop()

    def _unfit(self, words: list[str]) -> InputError:
        return InputError([Problem(file="command line", key=self._order["policy"], rule=text) for text in words])

    def _ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        with self._asking:
            return self._answer(asked)

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        process = self._process if self._process is not None or self._is_over else self._begin()
        if process is None:
            return {"ended": "its process did not begin"}
        try:
            if _is_readable(process, 0.0) and self._chunk(process):
                raise _GarbledError
            self._write(process, asked)
            answer = self._read(process, self._limits.day_s * self._limits.wall + GRACE_S)
        except BrokenPipeError:
            answer = None
        except TimeoutError:
            self._drop()
            return {"ended": "the day took too long"}
        except _GarbledError:
            return self._end_garbled()
        return answer if answer is not None else {"ended": self._post_mortem(process)}

    def _begin(self) -> subprocess.Popen[bytes] | None:
        command = [sys.executable, "-P", "-m", "dronesim.experiment.benchmark.child"]
        pipe = subprocess.PIPE
        environment = {**os.environ, **ENV}
        # a group of its own, so that what it may have forked ends with it
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment, process_group=0
        )
        self._write(self._process, self._order)
        try:
            answer = self._read(self._process, GRACE_S)
        except TimeoutError:
            answer = None
        if answer is None:
            self._drop()
            return None
        self.confined = answer["confined"]
        return self._process

    def _write(self, process: subprocess.Popen[bytes], content: dict[str, Any]) -> None:
        asked = cast("IO[bytes]", process.stdin)
        asked.write(json.dumps(content).encode() + b"\n")
        asked.flush()

    def _read(self, process: subprocess.Popen[bytes], timeout_s: float) -> dict[str, Any] | None:
        """Read one line; None where the process ends."""
        text = b""
        while b"\n" not in text:
            if not _is_readable(process, timeout_s):
                raise TimeoutError
            chunk = self._chunk(process)
            if not chunk:
                return None
            text += chunk
        line, _, more = text.partition(b"\n")
        try:
            found: Any = json.loads(line)
        except ValueError as error:
            raise _GarbledError from error
        if more or not isinstance(found, dict):
            raise _GarbledError
        return found

    def _chunk(self, process: subprocess.Popen[bytes]) -> bytes:
        """Take what has been written; nothing where the process has ended."""
        return os.read(cast("IO[bytes]", process.stdout).fileno(), _CHUNK)

    def _end_garbled(self) -> dict[str, Any]:
        """End a process that answers with what is none: the next day has a new one."""
        self._drop()
        return {"ended": "its process wrote where only answers are"}

    def _post_mortem(self, process: subprocess.Popen[bytes]) -> str:
        """Say how a process ended that gave no answer."""
        try:
            code = process.wait(_ENDING_S)
        except subprocess.TimeoutExpired:
            return "its process gave no answers any more"
        finally:
            self._drop()
        if code < 0 and -code in _ENDED:
            limits = self._limits
            return _ENDED[signal.Signals(-code)].format(each=limits.each_s, wall=limits.each_s * limits.wall)
        return (
            f"its process ended by {signal.Signals(-code).name}" if code < 0 else f"its process ended with code {code}"
        )

    def _drop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        _kill(process)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and all of its group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _is_readable(process: subprocess.Popen[bytes], timeout_s: float) -> bool:
    """Tell whether a process has written something, or ended; waits for so long."""
    with selectors.DefaultSelector() as selector:
        selector.register(cast("IO[bytes]", process.stdout), selectors.EVENT_READ)
        return bool(selector.select(timeout_s))
