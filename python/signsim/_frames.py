"""Tables as frames: of pandas or polars, whichever is there; else a dictionary of arrays."""

import csv
import importlib.util
import sys

import numpy as np

# Columns of words, whatever they look like.
TEXTS = {"run", "status", "method", "attack", "digest", "state", "layer", "name"}


def frame(columns):
    """A frame of columns, a dictionary of arrays of one length."""
    kind = library()
    if kind == "pandas":
        import pandas

        return pandas.DataFrame(columns)
    if kind == "polars":
        import polars

        # A number that is not there is none, as in pandas.
        return polars.DataFrame({name: column.tolist() if column.dtype == object else column for name, column in columns.items()})
    return columns


def library():
    """The library that is in use already; else the first that is there."""
    for name in ("pandas", "polars"):
        if name in sys.modules:
            return name
    for name in ("pandas", "polars"):
        if importlib.util.find_spec(name) is not None:
            return name
    return None


def read(path):
    """The columns of a table, as texts: name and list, in their order."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        names = next(rows, [])
        columns = [list(column) for column in zip(*rows)] or [[] for _ in names]
    return dict(zip(names, columns))


def typed(name, texts):
    """A column of texts as an array: integers, numbers (NaN where a field is empty), or texts."""
    if name not in TEXTS:
        for kind, of in ((np.int64, texts), (np.uint64, texts), (np.float64, [text or "nan" for text in texts])):
            try:
                return np.array([kind(text) if kind is np.float64 else int(text) for text in of], dtype=kind)
            except (ValueError, OverflowError):
                continue
    return np.array(texts, dtype=object)
