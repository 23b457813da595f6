"""A dispatch policy of the planner's own: found beside the scenario, its errors told in its own terms."""

from __future__ import annotations

import inspect
import re
import sys
import traceback
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from pathlib import Path
from typing import Final, TypeAlias

from dronesim.dispatch import (
    POLICIES,
    Decisions,
    DispatchPolicy,
    DispatchView,
    Lent,
    Misfit,
    is_lent,
    load_policy,
    misfits,
    unknown,
    with_parameters,
)
from dronesim.dispatch.decisions import plain
from dronesim.errors import ConservationError, InputError, PolicyError, Problem
from dronesim.experiment.policy_source import (
    NO_CLASS,
    NO_PYTHON,
    NO_VIEW,
    PolicySource,
    name_aloud,
    parameters_by_reading,
    policy_source,
    unfit_by_reading,
)
from dronesim.scenario import Scenario
from dronesim.units import clock

_KEY: Final = ("dispatch", "policy")
_PARAMETERS: Final = ("dispatch", "parameters")
_SHOWN: Final = 5
_SCRIPT: Final = "__main__"
_NO_NAME: Final = re.compile(r"[^\w.]+")
_WANTED: Final = "a policy is a function of one argument, the view, that returns Decisions"


def find_policy(scenario: Scenario, *, folder: Path | None) -> DispatchPolicy:
    """Load the policy that a scenario names, from its own folder or from ``inputs`` in it, as in a saved run.

    That runs its module. One that is not built in, and was not given as an object, is named on standard error before,
    with its file and its hash. What it prints goes there too: standard output is for data.

    Raises
    ------
    InputError
        There is no such policy, or its file can't be imported; names the line of the scenario.
    """
    name = scenario.dispatch.policy
    source = source_of_policy(scenario, folder=folder)
    if source is not None:
        name_aloud(source)
    try:
        with redirect_stdout(sys.stderr):
            policy = load_policy(name, folder=_home_of(name, folder))
    except InputError as error:
        raise _refuse(scenario, error.problems[0].rule, error.problems[0].hint) from error
    except (Exception, SystemExit) as error:
        # Importing runs the planner's code, which may raise anything.
        raise _refuse(scenario, f"can't be imported: {_told(error)}") from error
    unfit = None if name in POLICIES else _unfit(policy)
    if unfit is not None:
        raise _refuse(scenario, f"{unfit}; {_WANTED}")
    return parametrised(policy, scenario)


def read_policy(scenario: Scenario, *, folder: Path | None) -> DispatchPolicy:
    """Give a stand-in for the policy that a scenario names, whose file is read and not run; a built-in one as it is.

    Raises
    ------
    InputError
        There is no such policy, or its file shows that it can't be one; names the line of the scenario.
    """
    name = scenario.dispatch.policy
    if not _is_in_a_file(name):
        return find_policy(scenario, folder=folder)
    source = source_of_policy(scenario, folder=folder)
    if source is None:
        raise _refuse(scenario, f"there is no module {name.partition(':')[0]} beside the scenario, nor a package")
    unfit = unfit_by_reading(source)
    if unfit is not None:
        raise _refuse(scenario, f"{unfit}; {_WANTED}")
    declared = parameters_by_reading(source)
    if declared is not None:
        _check_parameters(scenario, unknown(declared, scenario.dispatch.parameters or {}, name=name))
    return _never_asked


def _is_in_a_file(name: str) -> bool:
    return ":" in name and name not in POLICIES and not is_lent(name)


def source_of_policy(scenario: Scenario, *, folder: Path | None) -> PolicySource | None:
    """Find the file of a scenario's policy; None for one that is built in or given as an object, or without a file."""
    name = scenario.dispatch.policy
    if not _is_in_a_file(name):
        return None
    return policy_source(name, folder=_home_of(name, folder))


def _never_asked(_view: DispatchView) -> Decisions:
    raise PolicyError("a policy that was read and not run can't be asked")


def as_lent(given: object) -> Lent:
    """Name a policy that is given as an object: a built-in one as built in, others ``module:name``.

    Of a script it is the script's name. What has no name in its module, as a lambda, or no file, as in a notebook,
    no other process can find: it has a mark.

    Raises
    ------
    InputError
        It can't be called with a view.
    """
    policy = _checked(given)
    builtin = next((name for name, known in POLICIES.items() if known is policy), None)
    if builtin is not None:
        return Lent(name=builtin, policy=policy)
    module = sys.modules.get(_home(policy))
    names = {} if module is None or getattr(module, "__file__", None) is None else vars(module)
    name = next((name for name, value in names.items() if value is policy), None)
    if name is None:
        inside = getattr(policy, "__qualname__", type(policy).__qualname__)
        return Lent(name=f"{_home(policy)}:{_NO_NAME.sub('_', inside)}", policy=policy, mark=uuid.uuid4().hex)
    home = Path(names["__file__"]).stem if names["__name__"] == _SCRIPT else names["__name__"]
    return Lent(name=f"{home}:{name}", policy=policy)


def _home(policy: object) -> str:
    """Name the module that a function, or the class of an object, is of."""
    return str(getattr(policy, "__module__", None) or type(policy).__module__)


def _checked(given: object) -> DispatchPolicy:
    unfit = _unfit(given) if callable(given) else "can't be called"
    if unfit is not None:
        raise InputError([Problem(file="Python", key="policy", rule=f"{unfit}; {_WANTED}", value=given)])
    return given  # type: ignore[return-value]


def parametrised(policy: DispatchPolicy, scenario: Scenario) -> DispatchPolicy:
    """Give a policy with the parameters that the scenario states.

    Raises
    ------
    InputError
        It does not declare one of them, or can't take its value; names the line of the scenario.
    """
    name, stated = scenario.dispatch.policy, scenario.dispatch.parameters or {}
    _check_parameters(scenario, misfits(policy, stated, name=name))
    try:
        fitted: DispatchPolicy = with_parameters(policy, stated)
    except (TypeError, ValueError) as error:
        raise InputError([scenario.origins.problem(_PARAMETERS, str(error), value=dict(stated))]) from error
    return fitted


def _check_parameters(scenario: Scenario, found: Sequence[Misfit]) -> None:
    stated = scenario.dispatch.parameters or {}
    problems = [
        scenario.origins.problem((*_PARAMETERS, each.name), each.rule, value=stated[each.name], hint=each.hint)
        for each in found
    ]
    if problems:
        raise InputError(problems)


def _unfit(policy: object) -> str | None:
    """Say why something can't be a policy, as far as one sees without calling it; None where it may be one."""
    if inspect.isclass(policy):
        return NO_CLASS
    home = str(getattr(policy, "__module__", "")).partition(".")[0]
    if inspect.isbuiltin(policy) or (inspect.isfunction(policy) and home in sys.stdlib_module_names):
        return NO_PYTHON
    try:
        inspect.signature(policy).bind(None)  # type: ignore[arg-type]
    except ValueError:
        return None
    except TypeError:
        return NO_VIEW
    return None


Limit: TypeAlias = Callable[[DispatchPolicy], DispatchPolicy]

_LIMIT: Final[ContextVar[Limit | None]] = ContextVar("limit", default=None)
"""What limits policies that are made ready from here on."""


@contextmanager
def limiting(limit: Limit) -> Iterator[None]:
    """Let policies that are made ready while the block lasts be limited."""
    token = _LIMIT.set(limit)
    try:
        yield
    finally:
        _LIMIT.reset(token)


def guarded(policy: DispatchPolicy, name: str) -> DispatchPolicy:
    """Let whatever a planner's own policy raises stop the run with the epoch, orders and drones named.

    An attempt to end the program counts as an error too; what the policy prints goes to standard error.
    """
    if name in POLICIES:
        return policy
    limit = _LIMIT.get()

    def answer(view: DispatchView) -> Decisions:
        decisions = policy(view)
        return plain(decisions) if isinstance(decisions, Decisions) else decisions

    asked = answer if limit is None else limit(answer)

    def guard(view: DispatchView) -> Decisions:
        try:
            with redirect_stdout(sys.stderr):
                decisions = asked(view)
        except PolicyError as error:
            raise PolicyError(f"{_epoch(name, view)}: {error}") from error
        except ConservationError:
            raise
        except (Exception, SystemExit) as error:
            raise PolicyError(f"{_epoch(name, view)}: raised {_told(error)}") from error
        if not isinstance(decisions, Decisions):
            raise PolicyError(f"{_epoch(name, view)}: returned {decisions!r} and not Decisions")
        return decisions

    return guard


def _home_of(name: str, folder: Path | None) -> Path | None:
    if folder is None:
        return None
    parts = name.partition(":")[0].split(".")
    is_saved = not (folder / parts[0]).is_dir() and not (folder / parts[0]).with_suffix(".py").is_file()
    return folder / "inputs" if is_saved and (folder / "inputs").is_dir() else folder


def _refuse(scenario: Scenario, rule: str, hint: str | None = None) -> InputError:
    return InputError([scenario.origins.problem(_KEY, rule, value=scenario.dispatch.policy, hint=hint)])


def _told(error: BaseException) -> str:
    """Tell an error with the line that raised it."""
    told = f"{type(error).__name__}: {error}".removesuffix(": ")
    if isinstance(error, SyntaxError):
        return told
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{told} ({last.filename}:{last.lineno})"


def _epoch(name: str, view: DispatchView) -> str:
    """Say which policy was asked, when, and about what."""
    orders, drones = _listed(view.waiting), _listed(view.free_drones)
    return f"policy {name} at {clock(view.now_s)}, asked about orders {orders} and drones {drones}"


def _listed(numbers: Sequence[int]) -> str:
    shown = [str(number) for number in numbers]
    more = [f"and {len(shown) - _SHOWN} more"] if len(shown) > _SHOWN else []
    return ", ".join([*shown[:_SHOWN], *more]) or "none"
