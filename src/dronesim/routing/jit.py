"""A typed door to numba: kernels are compiled when first called, and kept on disk for the next process.

Only modules that are imported when a route is computed may import this one: numba takes longer to load than
``dronesim --help`` may take to answer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar, cast


@contextmanager
def _left_out(*packages: str) -> Iterator[None]:
    """Import without packages that would be taken wherever they are installed, but for those that are there already."""
    absent = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent, cast(Any, None)))
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


with _left_out("coverage", "yaml"):
    import numba
    from numba.core import config, event, types
    from numba.core.caching import CompileResultCacheImpl, FunctionCache
    from numba.core.codegen import JITCodeLibrary
    from numba.core.compiler import CompilerBase, DefaultPassBuilder
    from numba.core.compiler_machinery import register_pass
    from numba.core.environment import Environment, lookup_environment
    from numba.core.runtime.nrt import rtsys
    from numba.core.typed_passes import NativeLowering

# a .numba_config.yaml in the current folder may name a folder of compiled code, which would be run: where kernels are
# kept only the environment may say
for _name in ("NUMBA_CACHE_DIR", "NUMBA_CACHE_LOCATOR_CLASSES"):
    os.environ.setdefault(_name, "")
config.reload_config()  # type: ignore[no-untyped-call]

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a function of numbers and arrays that Python calls, and keep it for the next process.

    A division by zero gives inf or NaN, as in numpy. A kernel is kept until its file changes, or one from which that
    imports kernels, or this one; numba alone would look at its own file only.
    """
    made = _made(function)
    # without a compiler, by NUMBA_DISABLE_JIT, it is the function itself
    if made is not function:
        _keep(made)
    return cast(Function, made)


def _made(function: Function, *, is_inlined: bool = False) -> Any:
    """Make a function one to be compiled, once for all numbers of a kind.

    Where a kernel calls it with a number that stands in the code, as ``0``, numba would compile another one for that
    number. Kernels call a twin, which is compiled for them alone.
    """
    njit: Any = numba.njit
    options = {"error_model": "numpy", "nogil": True, "forceinline": is_inlined, "no_cfunc_wrapper": True}
    made = njit(**options, pipeline_class=_ForPython)(function)
    if made is function:
        return function
    twin = njit(**options, no_cpython_wrapper=True, pipeline_class=_ForKernels)(function)
    kind_of: Callable[[Any], Any] = types.unliteral

    def find_for_kinds(args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        return twin.get_call_template(tuple(map(kind_of, args)), {name: kind_of(kind) for name, kind in named.items()})

    def compile_once(kinds: tuple[Any, ...]) -> None:
        if kinds not in twin.overloads:
            twin.overloads[kinds] = twin._compiler.compile(kinds, None)

    made.twin, twin.compile = twin, compile_once
    made.get_call_template, made.get_overload = find_for_kinds, twin.get_overload
    return made


class _Draft(JITCodeLibrary):
    """The code of a function that kernels call, as it was written down: linked into a kernel, it is bettered there.

    Numba would optimise each function, with all that it calls, and turn it into machine code.
    """

    def finalize(self) -> None:
        for library in dict.fromkeys(self._linking_libraries):
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalize_dynamic_globals()  # type: ignore[no-untyped-call]
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)  # type: ignore[no-untyped-call]
class _LowerForPython(NativeLowering):
    """Makes a kernel that Python calls, and tells it of the Python objects of all functions that are part of it."""

    _name = "lowering_for_python"

    def run_pass(self, state: Any) -> bool:
        super().run_pass(state)  # type: ignore[no-untyped-call]
        for each in state.library._final_module.global_variables:
            known = lookup_environment(each.name)  # type: ignore[no-untyped-call]
            if known is not None:
                state.library.codegen.set_env(each.name, known)
        return True


@register_pass(mutates_CFG=True, analysis_only=False)  # type: ignore[no-untyped-call]
class _LowerForKernels(NativeLowering):
    """Makes a function that kernels call and nobody else: no machine code, and nothing for Python to call it by."""

    _name = "lowering_for_kernels"

    def run_pass(self, state: Any) -> bool:
        codegen, name = state.targetctx.codegen(), state.func_id.func_qualname
        state.library, state.flags.no_compile = _Draft(codegen, name), True  # type: ignore[no-untyped-call]
        super().run_pass(state)  # type: ignore[no-untyped-call]
        key = object()
        state.cr = state.cr._replace(cfunc=key)
        state.targetctx.insert_user_function(key, state.cr.fndesc, [state.library])
        return True


class _ForPython(CompilerBase):
    """Numba's pipeline with `_LowerForPython`."""

    lowering: type[NativeLowering] = _LowerForPython

    def define_pipelines(self) -> list[Any]:
        found: Any = DefaultPassBuilder.define_nopython_pipeline(self.state)  # type: ignore[no-untyped-call]
        found.passes = [(self.lowering if each is NativeLowering else each, text) for each, text in found.passes]
        found.finalize()
        return [found]


class _ForKernels(_ForPython):
    """Numba's pipeline with `_LowerForKernels`."""

    lowering = _LowerForKernels


class _Light(CompileResultCacheImpl):
    """What is kept of a kernel, without the modules of numba that its parts were compiled from.

    Each part has an environment, the Python objects that it names, which are unpickled by importing its module. Nearly
    all are empty: of these the names are kept.
    """

    def reduce(self, cres: Any) -> object:
        *parts, environments = super().reduce(cres)  # type: ignore[no-untyped-call]
        empty = [(each.globals["__name__"], each.env_name) for each in environments if not each.consts]
        return parts, empty, [each for each in environments if each.consts]

    def rebuild(self, target_context: object, payload: tuple[list[Any], list[tuple[str, str]], list[Any]]) -> object:
        parts, empty, filled = payload
        environments = (*(_empty_environment(*names) for names in empty), *filled)
        return super().rebuild(target_context, (*parts, environments))  # type: ignore[no-untyped-call]


def _empty_environment(module: str, name: str) -> Any:
    known = lookup_environment(name)  # type: ignore[no-untyped-call]
    if known is not None:
        return known
    made: Any = Environment({"__name__": module})
    made.env_name = name
    return made


class _KeptIfItCan(FunctionCache):
    """Keeps a kernel on disk; where that can't be written or read, each process compiles its own.

    What is there and can't be read, as half a file or one that another numba wrote in its own way, is written anew.
    """

    _impl_class = _Light

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        # how kernels are kept is of this file: what another version of it wrote can't be read
        stamps = map(_stamp_of_file, [*_imported_kernels(function), kernel])
        self._cache_file._source_stamp = (self._cache_file._source_stamp, *stamps)

    def load_overload(self, sig: object, target_context: object) -> object:
        try:
            # not the method of numba: it would first load all that compiling needs, which takes longer than the kernels
            rtsys.initialize(target_context)
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except OSError as error:
            _unkept.append(f"{self.cache_path}: {error.strerror}")
            return None
        except Exception:  # noqa: BLE001 - pickles fail in many ways
            return None

    def save_overload(self, sig: object, data: object) -> None:
        try:
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
        except OSError as error:
            _unkept.append(f"{self.cache_path}: {error.strerror}")


@cache
def _stamp_of_file(function: Callable[..., Any]) -> object:
    """Give what changes with the file of a function: a hash, for which numba reads the file."""
    kept: Any = _Light(function)  # type: ignore[no-untyped-call]
    return kept.locator.get_source_stamp()


def _imported_kernels(function: Callable[..., Any]) -> list[Callable[..., Any]]:
    """Give a kernel of each other file that the file of a function takes kernels from, or these take theirs from."""
    found = {function.__module__: function}
    ahead = [function]
    while ahead:
        for known in ahead.pop().__globals__.values():
            other = getattr(known, "py_func", None)
            if other is not None and other.__module__ not in found:
                found[other.__module__] = other
                ahead.append(other)
    return list(found.values())[1:]


_unkept: list[str] = []
"""Why kernels could not be kept on disk."""


def _keep(made: Any) -> None:
    try:
        made._cache = _KeptIfItCan(made.py_func)
    except RuntimeError:
        # numba finds no folder: neither that of the file, nor one of the user's, can be written
        _unkept.append("no folder for them can be written")


def part(function: Function) -> Function:
    """Compile a function that kernels call; it is kept with them."""
    return cast(Function, _made(function, is_inlined=True))


def walk(function: Function) -> Function:
    """Compile a generator that kernels step through; it is kept with them.

    One with a cache of its own, compiled by two processes at once, could not be read by either.
    """
    return cast(Function, _made(function))


class _Bell(event.Listener):
    """Rings once, when the first kernel is compiled."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring: Callable[[], None] | None = ring

    def on_start(self, _event: object) -> None:
        if self._ring is not None:
            ring, self._ring = self._ring, None
            ring()

    def on_end(self, _event: object) -> None:
        """Nothing to do: kernels compile one inside the other."""


@contextmanager
def announced_compiling(
    say: Callable[[], None], *, unkept: Callable[[str], None] = lambda _why: None
) -> Iterator[None]:
    """Call ``say`` once if a kernel has to be compiled meanwhile, and not if all come from numba's cache.

    Where those that were compiled can't be kept for the next process, ``unkept`` is called with the reason, once.
    """
    is_compiled = False

    def ring() -> None:
        nonlocal is_compiled
        is_compiled = True
        say()

    with event.install_listener("numba:compile", _Bell(ring)):
        yield
    if is_compiled and _unkept:
        unkept(_unkept[0])
