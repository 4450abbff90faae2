"""`signsim.check` and `signsim.theory`: answers without a run."""

import collections.abc
import math

import numpy as np

from . import _signsim
from ._errors import ScenarioError
from ._frames import frame
from ._scenario import question


class Check:
    """What `signsim check` says of a scenario.

    Attributes
    ----------
    text: the first point of the sweep with every default, a scenario again; below it, as comments, what all runs will cost.
    resolved: the same without comments.
    remarks: what is legal and odd, a list of texts.
    runs: a list of (settings of the sweep, seed), one per run.
    """

    def __init__(self, answer):
        self.text = answer["text"]
        self.resolved = answer["resolved"]
        self.remarks = answer["remarks"]
        self.runs = [(dict(settings), seed) for settings, seed in answer["runs"]]

    def __repr__(self):
        return "".join(f"# note: {remark}\n" for remark in self.remarks) + self.text


def check(scenario, *, set=None, seed=None, threads=None):
    """Validates a scenario, its data included, and says what it will cost.

    Parameters
    ----------
    scenario, set, seed, threads: as for `signsim.run`.

    Raises
    ------
    ScenarioError: with file, line, column and help.
    """
    return Check(_signsim.check(question(scenario, set, seed, threads)))


def theory(
    workers,
    adversaries,
    crossover,
    *,
    flip=1.0,
    max_llr=None,
    trusted=None,
    coordinates=None,
    rounds=None,
    smoothness=None,
    gap=None,
):
    """Exact decoding errors, bounds and first-round agreement of M workers, without a simulation.

    Parameters
    ----------
    workers: M, at most 100000.
    adversaries: L of them flip their signs; a number, or several.
    crossover: p, the probability that an honest sign is wrong; a number, or several.
    flip: r, the probability that an adversary flips a sign: 1 inverts, 0.5 leaves noise.
    max_llr: true weights are clipped to plus and minus this; not clipped unless given.
    trusted, coordinates: q0, the probability that a sign of the server's own vote is wrong, and D, on how many it is compared;
        both or none.
    rounds, smoothness, gap: T, |S|_1 and f0 - f* of the convergence bound; all three or none.

    Returns
    -------
    A dictionary of numbers by name, `majority error`, `weighted error`, …, None where there is none to give. For several
    L or p a frame with one row for each pair, and NaN in its place.
    """
    constants = (rounds, smoothness, gap)
    if any(value is None for value in constants) != all(value is None for value in constants):
        raise TypeError("the convergence bound takes rounds, smoothness and gap together")
    descent = None if rounds is None else (_whole("rounds", rounds, 1, 2**63), float(smoothness), float(gap))
    if descent is not None:
        for name, value in (("smoothness", descent[1]), ("gap", descent[2])):
            _refuse(not 0 <= value < math.inf, f"{name}={value} is not a number from 0 upwards")
    if (trusted is None) != (coordinates is None):
        raise TypeError("the server's own vote takes trusted and coordinates together")
    own = None
    if trusted is not None:
        own = (_probability("trusted", trusted), _whole("coordinates", coordinates, 1, 100_000_000))
    workers = _whole("workers", workers, 1, 100_000)
    flip = _probability("flip", flip)
    if max_llr is not None:
        max_llr = float(max_llr)
        _refuse(not 0 < max_llr < math.inf, f"max_llr={max_llr} is not a number above 0")
    several = [isinstance(value, collections.abc.Iterable) for value in (adversaries, crossover)]
    rows = []
    for p in crossover if several[1] else [crossover]:
        for count in adversaries if several[0] else [adversaries]:
            count, p = _whole("adversaries", count, 0, workers), _probability("crossover", p)
            numbers = _signsim.theory(workers, count, p, flip, max_llr, own, descent)
            rows.append({"workers": workers, "adversaries": count, "crossover": p, "flip": flip, **numbers})
    if not any(several):
        return {name: rows[0][name] for name in rows[0]}
    columns = {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
    return frame({name: np.array([math.nan if v is None else v for v in values]) for name, values in columns.items()})


def _refuse(wrong, message):
    if wrong:
        raise ScenarioError(message)


def _whole(name, value, least, most):
    number = int(value)
    _refuse(number != value or not least <= number <= most, f"{name}={value} is not a whole number from {least} to {most}")
    return number


def _probability(name, value):
    number = float(value)
    _refuse(not 0 <= number <= 1, f"{name}={value} is not a number from 0 to 1")
    return number
