"""One day from Python: its tables and measures, what checks it, and all that can be made of it."""

from __future__ import annotations

import operator
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dronesim.api.pictures import Picture, Replay
from dronesim.api.sources import PAGE, InFolder, Source, Tables
from dronesim.errors import InputError, Problem
from dronesim.experiment.pickup import PickupCode, judge, pickup_code
from dronesim.record.folder import write_file
from dronesim.record.saved import open_saved
from dronesim.record.targets import check_writable, writing_to
from dronesim.replay import PAGE as REPLAY
from dronesim.replay import STEP_S

if TYPE_CHECKING:
    from dronesim.verify import Report


class Run:
    """One day: what `run` gives, and `open_run` of a folder. It does not change.

    Attributes
    ----------
    folder : Path or None
        Where it lies; None if in memory alone.
    tables : mapping of str to pyarrow.Table
        ``orders``, ``legs``, ``occupancy``, ``incidents``, ``scans``; with tracks ``cleared`` and ``flown`` too. Times
        are seconds since local midnight, lengths metres, energies watt-hours: the unit ends each name. Null means that
        it did not happen. ``.to_pandas()`` works, and what reads Arrow (DuckDB, polars) reads them as they are.
    facts : mapping
        What tables can't say, as in ``facts.json``: capacities, hours, target, minima, prices.
    kpis : mapping
        Measures, as in ``kpis.json``; None for "no data". ``kpis["service"]["share"]`` is the service level, 0 to 1.

    Examples
    --------
    >>> import dronesim
    >>> day = dronesim.run("scenarios/quickstart.toml", set={"demand.orders": 300, "fleet.drones": 30})
    >>> day.tables["orders"].num_rows == day.kpis["orders"]["placed"]
    True
    >>> day.verify().is_clean
    True
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.tables = Tables(source)

    @property
    def folder(self) -> Path | None:
        """Where it lies; None if in memory alone."""
        return self._source.folder

    @property
    def facts(self) -> Mapping[str, Any]:
        """What tables can't say, as in ``facts.json``."""
        return self._source.facts

    @property
    def kpis(self) -> Mapping[str, Any]:
        """Measures, as in ``kpis.json``."""
        return self._source.kpis

    @property
    def page(self) -> Path | None:
        """Where its page lies once it is drawn; None in memory."""
        return None if self.folder is None else self.folder / PAGE

    def verify(self, *, rerun: bool = False, trust: bool = False) -> Report:
        """Check the run with an independent program; ``rerun`` also runs its scenario again and compares bytes.

        Checking runs no code of the run. A re-run does where its policy is not built in: that is named on standard
        error, with its file and its hash, and refused unless you ``trust`` it. Where a file of the run is not as its
        hash says, nothing is run again.

        Returns
        -------
        Report
            ``is_clean``, ``checks``, and ``lines()`` in words.

        Raises
        ------
        InputError
            A file of the run is missing or not readable; or a re-run would run a policy that is not trusted.
        """
        from dronesim.verify import verify_again, verify_run

        with self._in_folder() as folder:
            return verify_again(folder, is_trusted=trust) if rerun else verify_run(folder)

    def report(self, path: str | Path | None = None, *, beside: Run | None = None) -> Path:
        """Write the page of the run, one self-contained HTML file, to ``path``; gives where it lies.

        Without a path it goes into the run's own folder, with the pictures beside it. With another run ``beside`` it
        the page has both, and every key figure's difference; its numbers lie beside it as JSON. Without a path it goes
        where this run's folder lies, named after both.

        Raises
        ------
        InputError
            No path, and the run lies in no folder; or nothing can be written there.
        """
        if beside is not None:
            return self._report_two(beside, None if path is None else Path(path))
        from dronesim.report import page_of, write_report

        if path is None:
            folder, page = self._own_folder()
            with writing_to(folder):
                write_report(folder, is_asked_for=True)
            return page
        place = Path(path)
        check_writable(place, key="report")
        with self._in_folder() as folder:
            write_file(place, page_of(folder))
        return place

    def map(self) -> Picture:
        """Draw the map of the day: where parcels flew and how loaded sites are; a notebook shows it, ``save`` keeps it.

        Raises
        ------
        InputError
            A file of the run is missing or not readable.
        """
        from dronesim.report.map_alone import map_png

        with self._in_folder() as folder:
            return Picture(png=map_png(folder))

    def export(
        self,
        form: str,
        path: str | Path | None = None,
        *,
        date: str | None = None,
        zone: str | None = None,
        ground_m: float | None = None,
    ) -> Path:
        """Write the run for another tool, in WGS84, as ``dronesim export`` does; gives where it lies.

        Parameters
        ----------
        form
            geojson, geoparquet, gpkg, mf-json, czml, kml, kepler, csv or f3548.
        path
            Where; beside the folder of the run if None. A file is replaced, a folder must be new or empty.
        date, zone
            Date and time zone of the day, as ``"2026-06-01"`` and ``"Asia/Shanghai"``, where its scenario states none.
        ground_m
            Height of the ground above the ellipsoid of WGS84 in metres, where the map does not say.

        Raises
        ------
        InputError
            No path, and the run lies in no folder; the format is not known, or needs what nobody states.
        """
        from dronesim.api.exports import export_run

        if path is None and self.folder is None:
            rule = "the run lies in no folder; name a place for the export, or save the run first"
            raise InputError([Problem(file=self._name, key="export", rule=rule)])
        place = None if path is None else Path(path)
        with self._in_folder() as folder:
            return export_run(folder, form, place, date=date, zone=zone, ground_m=ground_m).place

    def replay(
        self,
        path: str | Path | None = None,
        *,
        at_s: float | None = None,
        from_s: float | None = None,
        to_s: float | None = None,
        step_s: float = STEP_S,
    ) -> Replay:
        """Make the replay of the day, one self-contained HTML file, at ``path``; a notebook shows it.

        Without a path it goes into the run's own folder; that of a run in no folder is in memory alone. A name that
        ends in ``.png`` gets a still, ``.gif`` or ``.mp4`` a film: of what is around the day's worst minute, unless
        times say otherwise. Drones are shown as they flew where the run has ``tracks``, else by estimates from legs and
        routes; the page says which.

        Parameters
        ----------
        path
            Where, and by its ending in which form.
        at_s
            Moment of a still, in seconds since local midnight.
        from_s, to_s, step_s
            Part of the day that a film shows, and how much of it a frame.

        Raises
        ------
        InputError
            A name of another ending; times outside of the day; nothing can be written there; or nothing is there
            that makes MP4.
        """
        from dronesim.replay import Part, write_replay

        part = Part(at_s=at_s, from_s=from_s, to_s=to_s, step_s=step_s)
        with self._in_folder() as folder:
            place = write_replay(
                folder, folder / REPLAY if path is None else Path(path), key=self._source.known_key, part=part
            )
            is_kept = path is not None or self.folder is not None
            return Replay(place if is_kept else None, place.read_bytes(), place.suffix)

    def _report_two(self, other: Run, path: Path | None) -> Path:
        from dronesim.report.two_runs import two_runs, write_two_runs

        with self._in_folder() as one, other._in_folder() as two:
            place = path or self._own_folder()[0].parent / f"{one.resolve().name}-and-{two.resolve().name}.html"
            check_writable(place, key="report")
            if place.suffix.lower() not in (".html", ".htm"):
                rule = "must end in .html; the numbers lie beside it under the same name with .json"
                raise InputError([Problem(file=str(place), key="report", rule=rule)])
            for file, text in write_two_runs(two_runs(one, two), place).items():
                write_file(file, text)
        return place

    def code(self, order: int) -> PickupCode:
        """Give the pickup code of a delivered order, by its number: the token that the simulated cabinet checked.

        Without a key of your own (``key_file`` of `run`) codes are as secret as the seed, which stands in the folder.

        Raises
        ------
        InputError
            There is no such order, or it was not delivered to a box, or its run was signed with another key.
        """
        number, orders = operator.index(order), self.tables["orders"]
        if not 0 <= number < orders.num_rows:
            rule = (
                f"is no order of this run; choose from 0 to {orders.num_rows - 1}" if orders.num_rows else "no orders"
            )
            raise InputError([Problem(file=self._name, key="order", rule=rule, value=number)])
        return pickup_code(orders.slice(number, 1).to_pylist()[0], facts=self.facts, key=self._source.key)

    def scan(self, token: str, *, airport: str, time_s: float) -> str:
        """Say what the cabinet of an airport would to a code that is held before it.

        Parameters
        ----------
        token
            What the scanner reads.
        airport
            Id of the airport.
        time_s
            When, in seconds since local midnight.

        Returns
        -------
        str
            ``wrong`` (not signed by this run's key), ``foreign`` (of another airport), ``reused`` (it has opened its
            box before) or ``expired``, whichever comes first in this order; else ``accepted``.
        """
        orders = self.tables["orders"]
        collected_s = dict(zip(orders["order"].to_pylist(), orders["collected_s"].to_pylist(), strict=True))
        key = self._source.key
        return judge(token, airport=airport, time_s=time_s, facts=self.facts, key=key, collected_s=collected_s)

    def save(self, folder: str | Path | None = None, *, report: bool = True) -> Run:
        """Write the run's folder, whole or not at all; another run that lies there is replaced.

        Parameters
        ----------
        folder
            Where; ``runs/<name>-<seed>-<hash>`` if None.
        report
            Whether to draw the pictures and the page into it, which takes a second or two.

        Returns
        -------
        Run
            The run in its folder.

        Raises
        ------
        InputError
            Something else lies there, or nothing can be written.
        """
        place = None if folder is None else Path(folder)
        return Run(InFolder(open_saved(self._source.write(place, report=report)), key_file=None))

    def lines(self) -> list[str]:
        """Tell what came out, as a terminal shows it."""
        from dronesim.report import summary_lines

        return summary_lines(self.kpis, self.facts)

    @property
    def _name(self) -> str:
        return str(self.folder or self.facts["name"])

    def _own_folder(self) -> tuple[Path, Path]:
        if self.folder is None or self.page is None:
            rule = "the run lies in no folder; name a file for the page, or save the run first"
            raise InputError([Problem(file=self._name, key="report", rule=rule)])
        return self.folder, self.page

    @contextmanager
    def _in_folder(self) -> Iterator[Path]:
        """Give the run's folder; what is in memory lies in one for as long as that takes."""
        if self.folder is not None:
            yield self.folder
            return
        with tempfile.TemporaryDirectory(prefix="dronesim-") as place:
            yield self._source.write(Path(place) / "run", report=False)

    def __repr__(self) -> str:
        where = "in memory" if self.folder is None else f"in {self.folder}"
        return f"<Run of {self.facts['name']}, seed {self.facts['seed']}, {where}>"

    def _repr_html_(self) -> str:
        from dronesim.report import fragment

        return fragment(self.kpis, self.facts)
