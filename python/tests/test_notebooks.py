"""The notebooks of examples/ run, cell by cell."""

import json
import linecache

import pytest
from conftest import ROOT

NOTEBOOKS = sorted((ROOT / "python" / "examples").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, folder):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    names = {"__name__": "__main__"}
    for number, cell in enumerate(cells):
        if cell["cell_type"] != "code":
            continue
        text = "".join(cell["source"])
        # As a notebook does, so that a rule of one's own is found by its text.
        name = f"<{path.stem} {number}>"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        try:
            exec(compile(text, name, "exec"), names)
        except Exception as error:
            raise AssertionError(f"{path.name}, cell {number}: {error}") from error
        last = text.splitlines()[-1]
        if "figure(" in last:
            assert "<svg" in eval(last, names)._repr_svg_()


def test_there_are_notebooks():
    assert [path.stem for path in NOTEBOOKS] == ["boundary", "own_defence"]
