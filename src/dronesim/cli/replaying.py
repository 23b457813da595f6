"""The verb that replays a saved day: as a page, a still or a film."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from dronesim.cli.options import KeyFile, RunFolder, decimal
from dronesim.cli.output import tell, unfit

_CLOCK: Final = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?")
_NAME: Final = "replay"
_SHORTEST_S, _LONGEST_S = 0.1, 3600.0


def _time(text: str) -> float:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise typer.BadParameter(
            f"must be a time of day such as 12:30 or 12:30:15; after midnight 24:15 (found {text!r})"
        )
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return 3600.0 * hours + 60.0 * minutes + seconds


def replay(
    folder: RunFolder,
    png: Annotated[bool, typer.Option("--png", help="Write a still instead, replay.png.")] = False,
    gif: Annotated[bool, typer.Option("--gif", help="Write a film instead, replay.gif.")] = False,
    mp4: Annotated[bool, typer.Option("--mp4", help="Write a film instead, replay.mp4; needs ffmpeg.")] = False,
    at: Annotated[
        float | None,
        typer.Option("--at", parser=_time, metavar="HH:MM", help="Moment of the still; the worst minute if not given."),
    ] = None,
    begin: Annotated[
        float | None,
        typer.Option(
            "--from", parser=_time, metavar="HH:MM", help="Where a film begins; 5 min before the worst minute."
        ),
    ] = None,
    end: Annotated[
        float | None,
        typer.Option("--to", parser=_time, metavar="HH:MM", help="Where a film ends; 5 min after the worst minute."),
    ] = None,
    step_s: Annotated[
        float | None,
        decimal("--step-s", least=_SHORTEST_S, most=_LONGEST_S, about="Seconds of the day a frame of a film; 5."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to write; into the run folder if not given.")
    ] = None,
    key_file: KeyFile = None,
) -> None:
    """Write the replay of a saved day: one page that plays it in any browser, without a network; or a still, or films.

    Drones are shown as they flew where the run was made with --tracks, else by estimates from legs and routes; the page
    says which. An order that is opened shows its pickup code. A code that derives from the seed is for simulation only.

    Example: dronesim replay runs/quickstart-1-0a1b2c3d
    """
    endings = [ending for ending, is_asked in ((".png", png), (".gif", gif), (".mp4", mp4)) if is_asked]
    _check_fit(endings, at=at, of_films={"--from": begin, "--to": end, "--step-s": step_s}, out=out)
    from dronesim.api.running import open_run
    from dronesim.replay import STEP_S

    saved = open_run(folder, key_file=key_file)
    for ending in endings or [".html"]:
        place = folder / f"{_NAME}{ending}" if out is None else out
        made = saved.replay(place, at_s=at, from_s=begin, to_s=end, step_s=STEP_S if step_s is None else step_s)
        tell(f"replay: {made.path}")


def _check_fit(endings: list[str], *, at: float | None, of_films: dict[str, float | None], out: Path | None) -> None:
    """Refuse options that would be passed over."""
    if at is not None and ".png" not in endings:
        raise unfit("--at", "is the moment of a still; add --png")
    for key, value in of_films.items():
        if value is not None and not {".gif", ".mp4"} & set(endings):
            raise unfit(key, "is for films; add --gif or --mp4")
    if out is not None and len(endings) > 1:
        raise unfit("--out", f"is one file, and {len(endings)} are asked for; leave it out, or ask for one")
    if out is not None and out.suffix != (endings or [".html"])[0]:
        raise unfit("--out", f"must end in {(endings or ['.html'])[0]} for what is asked for (found {out.name})")
