"""The page of a replay: one file that needs nobody, and is allowed to ask nobody."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import Final

from dronesim.replay.content import Content
from dronesim.replay.packing import as_text
from dronesim.replay.paths import TOLERANCE_M

SCRIPTS: Final = (
    *("unpacking.js", "day.js", "qr.js", "camera.js", "ground.js", "actors.js", "strip.js", "story.js", "stage.js"),
    *("around.js", "main.js"),
)
"""In the order in which they build on each other; they share one scope."""

_FLOWN: Final = f"Drones are shown where the run's tracks have them, within {TOLERANCE_M:g} m."
_ESTIMATED: Final = (
    "The run has no tracks: between the times of its legs drones are shown along their routes by the figures of their "
    "type, which is an estimate. A run with --tracks shows what was flown."
)
_SYNTHETIC: Final = "The district is made up."


def page_html(content: Content) -> str:
    """Fill the template; the same run gives the same bytes."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    style, script = read_web("replay.css"), script_text()
    return environment.from_string(read_web("replay.html.j2")).render(
        name=content.facts["name"],
        headline=content.told["headline"],
        about=" ".join(about(content)),
        policy=_policy(style=style, script=script),
        style=style,
        script=script,
        day=as_text(content.packed()),
    )


def about(content: Content) -> list[str]:
    """Say what a picture of the day rests on."""
    facts = content.facts
    told = [_FLOWN if content.paths.are_flown else _ESTIMATED, *([_SYNTHETIC] if content.district.is_synthetic else ())]
    told.append(
        "Couriers walk straight lines between take-off point and merchant, riders those to the airport: where they are "
        "between is an estimate."
    )
    told.append(
        f"Policy {facts['policy']}, {facts['fleet']['drones']} drones, seed {facts['seed']}, "
        f"replication {facts['replication']}, dronesim {content.told['version']}."
    )
    return told


def script_text() -> str:
    """Join the scripts into one that leaves no name behind."""
    return '"use strict";(() => {\n' + "\n".join(read_web(name) for name in SCRIPTS) + "})();"


def read_web(name: str) -> str:
    """Read a file that goes into the page."""
    return files("dronesim.replay").joinpath("web", name).read_text(encoding="utf-8")


def _policy(*, style: str, script: str) -> str:
    """Let this script and this style in, known by their hashes, and nothing from anywhere."""
    return f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:"


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}"
