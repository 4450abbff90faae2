"""What a result folder holds, as frames and figures."""

import json
import os
import pathlib
import tempfile

import numpy as np

from . import _signsim
from ._frames import frame, read, typed
from ._scenario import written


class Results:
    """The runs of a result folder, as it is when this is made: of `signsim.run`, or of the command `signsim run`.

    Tables are frames of pandas or polars, whichever is there, else dictionaries of NumPy arrays. Every table has one
    column for each axis of the sweep behind its own, and `run`, the id of the run.

    Parameters
    ----------
    folder: a result folder, plots/<name>.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.remarks = []
        self.elsewhere = []
        path = self.folder / "manifest.json"
        if not path.is_file():
            raise FileNotFoundError(f"{self.folder} is no result folder: it has no manifest.json")
        with open(path, encoding="utf-8") as file:
            self.manifest = json.load(file)
        # As the folder is now: other calls may ask it for something else.
        self._columns = {name: typed(name, texts) for name, texts in read(self.folder / "summary.csv").items()}

    @property
    def name(self):
        """The scenario's name."""
        return self.manifest["name"]

    @property
    def summary(self):
        """One row per run: `docs/results.md` names the columns."""
        return frame(dict(self._columns))

    @property
    def rounds(self):
        """One row per run and round; row 0 is the model before the first."""
        return self.table("rounds")

    @property
    def workers(self):
        """One row per run, watched round and worker: crossovers and weights."""
        return self.table("workers")

    @property
    def layers(self):
        """One row per run, watched round, worker and layer, where `metrics.layers` is on."""
        return self.table("layers")

    @property
    def labels(self):
        """How many training samples of each label every worker holds, where `metrics.labels` is on."""
        return self.table("labels")

    @property
    def timeline(self):
        """Who downloads, computes and uploads when, where `metrics.timeline` is on."""
        return self.table("timeline")

    def table(self, name):
        """A table of all runs in one frame: runs/<id>/<name>.csv, one below the other.

        Parameters
        ----------
        name: `rounds`, `workers`, `layers`, `labels` or `timeline`.
        """
        summary = self._columns
        axes = [column for column in summary if column.startswith("sweep.")]
        constant = ["run", "seed", "method", "attack", "adversaries", *axes]
        texts, repeated, seen = {}, {column: [] for column in constant}, set()
        for row, run in enumerate(summary["run"]):
            path = self.folder / "runs" / str(run) / f"{name}.csv"
            # Points of a sweep that are the same run have a row each in the summary and one record.
            if run in seen or not path.is_file():
                continue
            seen.add(run)
            columns = read(path)
            length = len(next(iter(columns.values()), []))
            for column, values in columns.items():
                texts.setdefault(column, []).extend(values)
            for column in constant:
                repeated[column].append(np.repeat(summary[column][row : row + 1], length))
        if not texts:
            raise FileNotFoundError(
                f"no run in {self.folder} has a table `{name}`: see `metrics` in docs/settings.md"
            )
        columns = {column: np.concatenate(repeated[column]) for column in constant}
        for column, values in texts.items():
            columns.setdefault(column, typed(column, values))
        return frame(columns)

    def figure(self, kind, **options):
        """Draws a figure of these runs, without simulating; shown inline by notebooks.

        Parameters
        ----------
        kind: `accuracy_vs_adversaries`, … (`signsim list figures`).
        options: those of the kind, as a scenario writes them: y="loss", size="single", where={"method": "signsgd_fd"}.
        """
        return figure([self.folder], kind, options)

    def __repr__(self):
        return f"Results({str(self.folder)!r}): {len(self._columns['run'])} runs of {self.name}"


def figure(folders, kind, options):
    """A figure of the runs of several folders."""
    texts = [(word, written(value)) for word, value in options.items()]
    with tempfile.TemporaryDirectory(prefix="signsim-") as place:
        files = _signsim.draw([os.fspath(folder) for folder in folders], kind, texts, place)
        drawn = {pathlib.Path(path).suffix.lstrip("."): pathlib.Path(path).read_bytes() for path in files}
    return Figure(kind, drawn)


class Figure:
    """A drawn figure.

    Attributes
    ----------
    kind: its word.
    svg: the drawing, a text.
    """

    def __init__(self, kind, files):
        self.kind = kind
        self._files = files

    @property
    def svg(self):
        return self._files["svg"].decode()

    @property
    def data(self):
        """The numbers that it shows, as a frame."""
        with tempfile.TemporaryDirectory(prefix="signsim-") as place:
            path = pathlib.Path(place) / "figure.csv"
            path.write_bytes(self._files["csv"])
            columns = read(path)
        return frame({name: typed(name, values) for name, values in columns.items()})

    def save(self, path):
        """Writes the figure to a file: .svg, .png, .pdf, .csv, and for tables .tex and .md."""
        path = pathlib.Path(path)
        ending = path.suffix.lstrip(".")
        if ending not in self._files:
            raise ValueError(f"{path}: end the name with one of {', '.join('.' + known for known in self._files)}")
        path.write_bytes(self._files[ending])

    def _repr_svg_(self):
        return self.svg

    def __repr__(self):
        return f"Figure({self.kind!r})"
