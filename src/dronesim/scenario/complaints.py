"""The checker's findings in plain words: each with its file, line, key, value, rule and a near match."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dronesim.errors import Problem
from dronesim.scenario.events import AT_WORDS, EventTable, event_table, event_tables, tables_in
from dronesim.scenario.fields import DATE_RULE, TIME_RULE, Table
from dronesim.scenario.model import Scenario
from dronesim.scenario.origins import KeyPath, Origins, dotted
from dronesim.scenario.shifts import SHIFT_WORDS
from dronesim.simulation.trouble import TROUBLES
from dronesim.slips import plain, plain_date, plain_number, plain_time

Tree = Mapping[str, Any]

SHOWN: Final = 100
"""So many findings of one file are shown; the rest is counted."""
LONGEST_GUESSED: Final = 40
"""A longer text is no number and no time that was mistyped."""
WEATHER_WORDS: Final = (
    "storm",
    "thunderstorm",
    "typhoon",
    "rain",
    "snow",
    "fog",
    "wind",
    "gust",
    "gusts",
    "heat",
    "cold",
)
"""What people look for among the troubles."""
WEATHER_IS: Final = "; weather is stated in the table weather, for the whole day or from a file"
TAGS: Final = frozenset(
    [
        "number",
        "by_site",
        "named",
        "shares",
        "lognormal",
        "constant",
        "uniform",
        "empirical",
        "gamma",
        "distance",
        "weight",
        "none",
        "exponential",
        "share",
        "precision",
    ]
)
"""Names of variants, which the checker puts into its paths and the planner never wrote; kinds of trouble are too."""

_PLAIN: Final[Mapping[str, str]] = {
    "missing": "is required",
    "extra_forbidden": "is not a known key",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "is too large a number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number, not NaN or infinity",
    "string_type": "must be text in quotes",
    "string_unicode": "is no text in UTF-8",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "string_too_short": "must not be empty",
    "none_required": "must be left out",
    "invalid_key": "must have keys of text",
}
_WITH_LIMIT: Final[Mapping[str, str]] = {
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be above {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be below {lt}",
    "too_short": "must have at least {min_length} values",
    "too_long": "must have at most {max_length} values",
    "string_too_long": "must have at most {max_length} characters",
    "value_error": "{error}",
    "union_tag_not_found": "needs a kind",
}
_NO_TABLE: Final = ("dict_type", "model_type", "model_attributes_type")
_DRILL: Final = " of a scenario; a drill is laid over one by dronesim drill FILE --on SCENARIO"
_CHOICES: Final = ("literal_error", "union_tag_invalid")


def problems_from(
    error: ValidationError, *, tree: Tree, origins: Origins, model: type[Table] = Scenario
) -> list[Problem]:
    """Translate everything that the checker found in ``tree``, which was to be a ``model``."""
    details = _causes(error.errors(include_url=False))
    found = [_problem(detail, tree=tree, origins=origins, model=model) for detail in details[:SHOWN]]
    if len(details) > SHOWN:
        more = len(details) - SHOWN
        found.append(Problem(file=origins.file, key="scenario", rule="has further problems", alike=more - 1))
    return found


def _causes(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out what only follows from another finding: a list is too short when its values are refused."""
    places = [detail["loc"] for detail in details]
    return [
        detail
        for detail in details
        if detail["type"] != "too_short"
        or not any(place[: len(detail["loc"])] == detail["loc"] != place for place in places)
    ]


def near_match(word: str, choices: Iterable[str], *, cutoff: float = 0.6, takes_beginnings: bool = True) -> str | None:
    """Give the choice most like ``word``, or one that begins with it, if there is any; a number is not like a name."""
    known = [choice for choice in choices if not choice.isdigit() or word.isdigit()]
    begins = [choice for choice in known if takes_beginnings and word and choice.startswith(word)]
    found = difflib.get_close_matches(word, known, n=1, cutoff=cutoff) or begins
    return found[0] if found else None


def one_of(choices: Iterable[str]) -> str:
    """Word the rule that a value must be one of ``choices``."""
    return f"is not known; choose from {', '.join(choices)}"


def _problem(detail: ErrorDetails, *, tree: Tree, origins: Origins, model: type[Table]) -> Problem:
    kind = detail["type"]
    path = _written_path(detail["loc"], tree)
    value = None if kind == "missing" else detail["input"]
    if kind in _CHOICES:
        return _choice_problem(detail, path, origins)
    if detail["loc"][0] == "shifts" and kind == "extra_forbidden" and path[-1] in SHIFT_WORDS:
        meant = dotted((*path[:-1], SHIFT_WORDS[str(path[-1])]))
        return origins.problem(path, "is not a known key", value=value, hint=meant)
    if detail["loc"][0] == "events" and kind in ("extra_forbidden", "union_tag_not_found"):
        return _event_problem(detail, path, origins)
    if kind == "extra_forbidden" and path[0] != "weather" and str(path[-1]).lower() in WEATHER_WORDS:
        return origins.problem(path, f"is not a known key{WEATHER_IS}", value=value)
    if kind == "extra_forbidden" and (path[-1] in TROUBLES or path == ("drill",)):
        event = f'; trouble at a stated time is an event, [[events]] with kind = "{path[-1]}"'
        rule = f"is not a known key{event if path[-1] in TROUBLES else _DRILL}"
        return origins.problem(path, rule, value=value)
    if kind == "extra_forbidden" and path[0] == "weather" and str(path[-1]).lower() in WEATHER_WORDS:
        there = ", ".join(known[-1] for known in known_keys(model) if known[:-1] == ("weather",))
        rule = f"is not a known key of weather, which has {there}"
        return origins.problem(path, rule, value=value, hint=near_key(path, model))
    if path == ("events",) and kind in ("tuple_type", "list_type") and isinstance(value, dict | str):
        return origins.problem(path, "must be a list: begin each event with [[events]]", value=value)
    hint = near_key(path, model) if kind == "extra_forbidden" else None
    if hint == dotted(path):
        # a key of another kind of the same table, as decay_m beside kind = "weight"
        is_stated = _child(_node(tree, path[:-1]), "kind") is not None
        way_out = "" if is_stated else ", which is meant where no kind is stated; state it"
        return origins.problem(path, f'is not a key of kind "{detail["loc"][-2]}"{way_out}', value=value)
    if kind in _NO_TABLE and isinstance(value, str) and value in TAGS:
        return origins.problem(path, f'must be a table, as {{ kind = "{value}" }}', value=value)
    is_number = kind in _NO_TABLE and len(path) > 1 and type(value) in (int, float)
    below = [known[-1] for known in known_keys(model) if known[:-1] == path] if is_number else []
    way_out = f" with some of {', '.join(below)}" if below else ""
    return origins.problem(path, rule_of(detail) + way_out, value=value, hint=hint or meant_by(detail))


def meant_by(detail: ErrorDetails) -> str | None:
    """Guess what a value of the wrong form was to be: a number in quotes or with a comma, 95 for 0.95, wide signs."""
    kind, value = detail["type"], detail["input"]
    if kind == "less_than_equal" and detail["ctx"]["le"] == 1 and 2 <= value <= 100:
        return f"{value / 100:g}"
    if kind == "string_type" and type(value) is int:
        return f'"{value}"'
    told = str(detail["ctx"]["error"]) if kind == "value_error" else ""
    if told == TIME_RULE and plain_time(value) is not None:
        return f'"{plain_time(value)}"'
    if not isinstance(value, str) or len(value) > LONGEST_GUESSED:
        return None
    if kind in ("int_type", "float_type"):
        number = plain_number(value)
        return None if number is None or (kind == "int_type" and "." in number.partition(",")[0]) else number
    date = plain_date(value) if DATE_RULE in told else None
    written = date or plain(value)
    if kind != "value_error" or written == value:
        return None
    return " or ".join(f'"{way}"' for way in written.split(" or "))


def rule_of(detail: ErrorDetails) -> str:
    """Put one finding of the checker into plain words, without key and value."""
    kind = detail["type"]
    context = detail.get("ctx", {})
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind == "too_short" and context.get("min_length") == 1:
        return "must have at least one value"
    if kind in _WITH_LIMIT:
        return _WITH_LIMIT[kind].format(**{name: _plainly(value) for name, value in context.items()})
    if kind in _CHOICES:
        return one_of(_choices(detail))
    return "is not of the right kind"


def _plainly(value: object) -> object:
    """Show a limit as people write it, 5,000,000 and not 5e+06."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        text = f"{value:g}"
        return f"{value:,.15g}" if "e+" in text else text
    return value


def _choices(detail: ErrorDetails) -> list[str]:
    context = detail.get("ctx", {})
    return re.findall(r"'([^']*)'", str(context.get("expected", context.get("expected_tags", ""))))


def _event_problem(detail: ErrorDetails, path: KeyPath, origins: Origins) -> Problem:
    """Word a wrong or missing key of an event by the keys that an event of its kind has."""
    if detail["type"] == "union_tag_not_found":
        return origins.problem(path, f"needs a kind: {', '.join(TROUBLES)}")
    trouble, word = TROUBLES[str(detail["loc"][2])], str(path[-1])
    keys, meant = list(event_table(trouble).model_fields), dict.fromkeys(AT_WORDS, "at")
    meant |= {also: key.name for key in trouble.keys for also in key.also}
    near = meant.get(word) or near_match(word, keys)
    rule = f"is not a known key of {trouble.kind}, which has {', '.join(keys)}"
    hint = None if near is None else dotted((*path[:-1], near))
    return origins.problem(path, rule, value=detail["input"], hint=hint)


def _choice_problem(detail: ErrorDetails, path: KeyPath, origins: Origins) -> Problem:
    context, value = detail.get("ctx", {}), detail["input"]
    choices = _choices(detail)
    if detail["type"] == "union_tag_invalid":
        path, value = (*path, "kind"), context.get("tag")
    hint = near_match(value, choices) if isinstance(value, str) else None
    is_weather = path[0] == "events" and isinstance(value, str) and value.lower() in WEATHER_WORDS
    rule = one_of(choices) + (WEATHER_IS if is_weather else "")
    return origins.problem(path, rule, value=value, hint=None if is_weather else hint)


def _written_path(loc: KeyPath, tree: Tree) -> KeyPath:
    """Take out of a path the names of variants that are not in the planner's file."""
    node: Any = tree
    path: list[str | int] = []
    for part in loc:
        child = _child(node, part)
        if child is None and (part in TAGS or part in TROUBLES):
            continue
        path.append(part)
        node = child() if child else None
    return tuple(path)


def _node(tree: Tree, path: KeyPath) -> Any:
    """Give what stands under a path; None where nothing does."""
    node: Any = tree
    for part in path:
        child = _child(node, part)
        node = child() if child else None
    return node


def _child(node: Any, part: str | int) -> Callable[[], Any] | None:
    is_key = isinstance(node, dict) and part in node
    is_index = isinstance(node, list) and isinstance(part, int) and part < len(node)
    return (lambda: node[part]) if is_key or is_index else None


def near_key(path: KeyPath, model: type[Table] = Scenario) -> str | None:
    """Find a key of ``model`` like the last part of ``path``: in the same table first, then anywhere."""
    word, table = str(path[-1]), tuple(part for part in path[:-1] if isinstance(part, str))
    siblings = [known[-1] for known in known_keys(model) if known[:-1] == table]
    elsewhere = {known[-1]: known for known in reversed(known_keys(model))}
    near = None if word in elsewhere else near_match(word, siblings)
    if near is not None:
        return dotted((*path[:-1], near))
    near = near_match(word, elsewhere, cutoff=0.85, takes_beginnings=False)
    return dotted(elsewhere[near]) if near is not None else None


def known_keys(model: type[Table] = Scenario) -> tuple[tuple[str, ...], ...]:
    """List the paths of all keys that a scenario, or another ``model``, may have."""
    return _known_keys(model, event_tables())


@cache
def _known_keys(model: type[Table], events: tuple[type[EventTable], ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(_keys_of(model, (), events))


def _keys_of(
    model: type[Table], prefix: tuple[str, ...], events: tuple[type[EventTable], ...]
) -> Iterator[tuple[str, ...]]:
    for name, info in model.model_fields.items():
        yield (*prefix, name)
        for inner in tables_in(info.annotation, events):
            yield from _keys_of(inner, (*prefix, name), events)
