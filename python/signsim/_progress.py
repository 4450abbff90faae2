"""How far a plan is: a bar in a terminal, a bar below the cell of a notebook, lines elsewhere."""

import sys
import time


def display(progress):
    """What is told how far a plan is: `told(fraction, ended, runs, lines)`, and `end()`."""
    if callable(progress):
        return Told(progress)
    if not progress:
        return Told(lambda *_: None)
    if in_notebook():
        return Notebook()
    return Bar() if sys.stderr.isatty() else Lines()


def in_notebook():
    """Whether what is displayed appears below a cell."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")


class Told:
    """A function of the user's."""

    def __init__(self, function):
        self.told = function

    def end(self):
        pass


class Lines:
    """What is remarked, and nothing else."""

    def told(self, fraction, ended, runs, lines):
        for line in lines:
            print(line, file=sys.stderr, flush=True)

    def end(self):
        pass


class Bar:
    """One line that is written anew."""

    WIDTH = 30

    def __init__(self):
        self.begun = time.monotonic()

    def told(self, fraction, ended, runs, lines):
        sys.stderr.write("\r\x1b[K" + "".join(f"{line}\n" for line in lines) + self.bar(fraction, ended, runs))
        sys.stderr.flush()

    def bar(self, fraction, ended, runs):
        full = int(fraction * self.WIDTH)
        return f"{'━' * full}{'─' * (self.WIDTH - full)} {fraction:4.0%} · {ended}/{runs} runs{self.left(fraction)}"

    def left(self, fraction):
        if fraction < 0.02:
            return ""
        seconds = (time.monotonic() - self.begun) * (1 - fraction) / fraction
        return f" · {seconds:.0f} s left"

    def end(self):
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


class Notebook(Bar):
    """The same, below the cell."""

    def __init__(self):
        from IPython.display import display as show

        super().__init__()
        self.lines, self.handle = [], show({"text/plain": ""}, raw=True, display_id=True)

    def told(self, fraction, ended, runs, lines):
        self.lines.extend(lines)
        self.show(self.bar(fraction, ended, runs))

    def show(self, last):
        text = "\n".join([*self.lines, last] if last else self.lines)
        self.handle.update({"text/plain": text}, raw=True)

    def end(self):
        self.show("")
