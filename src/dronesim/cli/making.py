"""The verbs that write new scenarios, drone types and maps, generated or from real order files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from dronesim.cli.helping import with_example
from dronesim.cli.importing_maps import import_map_files
from dronesim.cli.options import LARGEST_SEED, decimal, whole
from dronesim.cli.output import show, tell, unfit
from dronesim.defaults import (
    AIRPORTS,
    DISTRICT_BUILDINGS,
    DISTRICT_SIDE_M,
    DISTRICT_TAKEOFF_POINTS,
    DISTRICT_ZONES,
    DRONE_TYPE,
    IMPORTED_TAKEOFF_POINTS,
    RIDE_MPS,
)

new = typer.Typer(
    help="Write a new scenario, a drone type or a synthetic map.", no_args_is_help=True, rich_markup_mode=None
)
importing = typer.Typer(
    help="Turn maps and real order files into a scenario.", no_args_is_help=True, rich_markup_mode=None
)
importing.command("map")(with_example(import_map_files))

Out = Annotated[Path, typer.Option("--out", help="Folder to write; must not exist yet, or be empty.")]
Source = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of order files.")]
TakeoffPoints = Annotated[
    int, whole("--takeoff-points", least=1, most=100, about="Number of take-off points, at most 100.")
]
Airports = Annotated[int, whole("--airports", least=1, most=500, about="Number of community airports, at most 500.")]
Size = Annotated[
    float, decimal("--size-m", least=1500, most=30_000, about="Side of the square, 1,500 to 30,000 metres.")
]
Buildings = Annotated[int, whole("--buildings", least=0, most=200_000, about="Number of buildings, at most 200,000.")]
Zones = Annotated[int, whole("--zones", least=0, most=500, about="Number of no-fly zones, at most 500.")]
RideSpeed = Annotated[
    float,
    decimal("--ride-mps", least=0.1, most=50, about="Speed of riders over the straight line, metres per second."),
]
MakeSeed = Annotated[int, whole("--seed", least=0, most=LARGEST_SEED, about="Seed.")]


@new.command("scenario")
@with_example
def new_scenario(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Scenario file to write, in a folder that is there.")],
    map_path: Annotated[Path, typer.Option("--map", help="Map that it names, relative to it.")] = Path("map.geojson"),
) -> None:
    """Write a commented scenario with every key, its default, unit and source.

    Example: dronesim new scenario my.toml --map maps/longgang-synthetic.geojson
    """
    from dronesim.exchange.writing import write_text
    from dronesim.scenario import scenario_template

    _check_new_file(path)
    write_text(path, scenario_template(name=path.stem, map_path=map_path.as_posix()))
    tell(f"wrote {path}")


@new.command("drone")
@with_example
def new_drone(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="TOML file to write, in a folder that is there.")],
    like: Annotated[str, typer.Option("--like", help="Built-in drone type to begin with.")] = DRONE_TYPE,
) -> None:
    """Write a drone type to change: every number with its unit and source; name its file in fleet.drone_type.

    Example: dronesim new drone my_drone.toml --like quad-2021
    """
    from dronesim.exchange.writing import write_text
    from dronesim.scenario import drone_template

    _check_new_file(path)
    _check_drone_file(path, like)
    write_text(path, drone_template(name=path.stem, like=like))
    tell(f"wrote {path}")


@new.command("map")
@with_example
def new_map(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="GeoJSON map to write, in a folder that is there.")],
    seed: MakeSeed = 1,
    size_m: Size = DISTRICT_SIDE_M,
    takeoff_points: TakeoffPoints = DISTRICT_TAKEOFF_POINTS,
    airports: Airports = AIRPORTS,
    buildings: Buildings = DISTRICT_BUILDINGS,
    zones: Zones = DISTRICT_ZONES,
    template: Annotated[
        bool, typer.Option("--template", help="Write a small commented map to change instead.")
    ] = False,
) -> None:
    """Write a synthetic district: blocks, towers, malls, communities, no-fly zones; or a template.

    Example: dronesim new map maps/mine.geojson --seed 7 --airports 20
    """
    from dronesim.exchange import generate_district, write_map

    _check_new_file(path)
    if template:
        from dronesim.exchange.writing import write_text
        from dronesim.scenario.map_schema import map_template

        write_text(path, map_template())
        tell(f"wrote {path}: a template with a feature of each kind")
        return
    district = generate_district(
        seed=seed,
        size_m=size_m,
        takeoff_points=takeoff_points,
        airports=airports,
        buildings=buildings,
        zones=zones,
    )
    write_map(path, district)
    tell(f"wrote {path}: synthetic, {len(district['features'])} features")


@importing.command("rappi")
@with_example
def import_rappi_day(
    source: Source,
    out: Out,
    takeoff_points: TakeoffPoints = IMPORTED_TAKEOFF_POINTS,
    airports: Airports = AIRPORTS,
    ride_mps: RideSpeed = RIDE_MPS,
    seed: MakeSeed = 1,
) -> None:
    """Import one day of a Rappi order file (orders.csv): map, trace and scenario.

    What is expected of a kitchen is the promised time less a ride to the customer.

    Example: dronesim import rappi rappi/4 --takeoff-points 4 --airports 12 --out real-day
    """
    from dronesim.exchange import import_rappi

    sites = {"takeoff_points": takeoff_points, "airports": airports}
    found = import_rappi(source, **sites, out=out, seed=seed, ride_mps=ride_mps)
    show("\n".join(found.lines()))


@importing.command("mdrplib")
@with_example
def import_mdrplib_instance(
    source: Source,
    out: Out,
    takeoff_points: TakeoffPoints = IMPORTED_TAKEOFF_POINTS,
    airports: Airports = AIRPORTS,
    seed: MakeSeed = 1,
) -> None:
    """Import a Grubhub meal delivery routing instance: map, trace and scenario.

    Example: dronesim import mdrplib 0o100t100s2p100 --out grubhub-day
    """
    from dronesim.exchange import import_mdrplib

    found = import_mdrplib(source, takeoff_points=takeoff_points, airports=airports, out=out, seed=seed)
    show("\n".join(found.lines()))


@importing.command("orders")
@with_example
def import_orders_of_days(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV, XLSX or Parquet files of orders.")],
    map_path: Annotated[Path, typer.Option("--map", help="Map with the sites.")],
    out: Out,
    columns: Annotated[
        Path | None, typer.Option("--columns", help="Mapping of columns that an import kept, perhaps edited.")
    ] = None,
    form: Annotated[
        str, typer.Option("--as", help="days: each day as it was. model: a demand fitted to all of them.")
    ] = "days",
    timezone: Annotated[
        str, typer.Option("--timezone", help="Whose clock counts, and when it is changed, as Asia/Shanghai.")
    ] = "",
    date_order: Annotated[
        str, typer.Option("--date-order", help='"day first", "month first" or "year first", where more could be.')
    ] = "",
    day_starts: Annotated[
        str, typer.Option("--day-starts", help="Orders before it belong to the day before, as 04:00.")
    ] = "",
    encoding: Annotated[str, typer.Option("--encoding", help="Of text that is not UTF-8.")] = "",
    sheet: Annotated[str, typer.Option("--sheet", help="Which sheet of a spreadsheet.")] = "",
) -> None:
    """Import orders from spreadsheets and tables, on a map: traces of days or a fitted demand, and scenarios.

    Columns are guessed by their names in several languages, shown, and kept in columns.toml. Only what is used is
    written: no names, no phones. Every row that is mended or dropped is told with its reason.

    Example: dronesim import orders orders.xlsx --map maps/longgang-synthetic.geojson --out march
    """
    from dronesim.exchange import import_orders

    if form not in ("days", "model"):
        raise unfit("--as", "must be days or model")
    choices = {
        "timezone": timezone,
        "date_order": date_order,
        "day_starts": day_starts,
        "encoding": encoding,
        "sheet": sheet,
    }
    kind: Literal["days", "model"] = "model" if form == "model" else "days"
    found = import_orders(files, map_path=map_path, out=out, columns=columns, made=kind, choices=choices)
    show("\n".join(found.lines()))


def _check_drone_file(path: Path, like: str) -> None:
    """Refuse what no scenario could name, and a type to begin with that is not there."""
    from dronesim.aircraft import DRONE_TYPES
    from dronesim.errors import InputError, Problem
    from dronesim.scenario.complaints import near_match, one_of

    problems = []
    if path.suffix != ".toml":
        problems.append(Problem(file=str(path), key="new", rule="must end in .toml"))
    elif path.stem in DRONE_TYPES:
        rule = "is the name of a built-in drone type; give your own another"
        problems.append(Problem(file=str(path), key="new", rule=rule))
    if like not in DRONE_TYPES:
        hint = near_match(like, DRONE_TYPES)
        problems.append(Problem(file="--like", key="drone type", rule=one_of(DRONE_TYPES), value=like, hint=hint))
    if problems:
        raise InputError(problems)


def _check_new_file(path: Path) -> None:
    """Refuse a file that is there, and one in a folder that is not: that is more often a slip than a wish."""
    from dronesim.errors import InputError, Problem
    from dronesim.record.targets import check_writable

    rule = None
    if path.exists():
        rule = "is there already; remove it or name another file"
    elif not path.parent.is_dir():
        rule = f"there is no folder {path.parent}; make it first, or name another place"
    if rule is not None:
        raise InputError([Problem(file=str(path), key="new", rule=rule)])
    check_writable(path, key="new")
