"""`signsim.run`."""

from . import _signsim
from ._errors import RunError
from ._progress import display
from ._results import Results
from ._scenario import question


def run(
    scenario,
    *,
    set=None,
    out=None,
    threads=None,
    seed=None,
    progress=True,
    force=False,
    fresh=False,
    wait=True,
    retry_failed=False,
    save_model=False,
    checkpoint_every=300.0,
):
    """Runs what is missing of a scenario, records it, draws its figures, and gives the results.

    The same scenario gives the same bits as the command `signsim run`, in the same folder: finished runs are reused.

    Parameters
    ----------
    scenario: a path, a YAML text, or a dictionary.
    set: settings to change, {"adversaries.count": 3, "sweep": {}}.
    out: the result folder; plots/<name> unless given.
    threads: threads that compute; never changes a result. All cores unless given.
    seed: the first seed, instead of the scenario's.
    progress: True for a bar, False for silence, or a function of (fraction, ended, runs, lines).
    force: use the folder even if it holds something else.
    fresh: begin unfinished runs anew, even those that have a checkpoint.
    wait: wait for runs that other processes are at work on.
    retry_failed: compute runs again that have failed before.
    save_model: save the model with which each run ends.
    checkpoint_every: seconds of wall time between two checkpoints of a run; None for none.

    Raises
    ------
    ScenarioError: the scenario cannot be used; file, line, column and help say where and what to write.
    RunError: a run failed; the others are finished. An exception of a rule of your own is its cause.
    KeyboardInterrupt: Ctrl-C; finished runs are kept, others are written down, and the same call goes on.
    """
    choices = {
        "out": None if out is None else str(out),
        "force": force,
        "fresh": fresh,
        "wait": wait,
        "retry_failed": retry_failed,
        "save_model": save_model,
        "checkpoint_every": checkpoint_every,
    }
    if checkpoint_every is not None and not 0 <= checkpoint_every < 1e9:
        raise ValueError(f"checkpoint_every={checkpoint_every}: write seconds from 0 upwards, or None")
    shown = display(progress)
    try:
        answer = _signsim.run(question(scenario, set, seed, threads), choices, shown.told)
    finally:
        shown.end()
    results = Results(answer["folder"])
    results.remarks = answer["remarks"]
    results.elsewhere = answer["elsewhere"]
    failures = answer["failures"]
    if failures:
        which, why, help = failures[0]
        others = f" ({len(failures)} runs failed)" if len(failures) > 1 else ""
        if which in answer["before"]:
            # Whoever has mended what the rule calls must not take the old failure for a new one.
            why = f"failed before and was not computed again: {why}"
            help = "retry_failed=True computes it again" + ("" if help is None else f"; {help}")
        error = RunError(f"{which}: {why}{others}", help=help)
        error.failures, error.results = failures, results
        raise error from answer["cause"]
    return results
