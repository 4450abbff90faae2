"""`signsim.run`, its results, and the command, compared with each other."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import signsim
from conftest import ROOT

TEXT = """
name: both
rounds: 20
repeats: 2
workers: { count: 7 }
task: { channel: { coordinates: 200, crossover: 0.2 } }
method: signsgd_fd
adversaries: { count: 2, attack: sign_inversion }
sweep: { adversaries.count: [0, 2] }
figures: [decoding_error_vs_adversaries]
"""


def command(*arguments):
    return subprocess.run([sys.executable, "-m", "signsim", *arguments], capture_output=True, text=True)


def column(frame, name):
    return list(frame[name])


def test_the_same_scenario_gives_the_same_bits_from_python_and_from_the_shell(folder):
    (folder / "both.yaml").write_text(TEXT)
    here = signsim.run(TEXT, out="here", threads=2, progress=False)
    there = command("run", "both.yaml", "--out", "there", "--threads", "1")
    assert there.returncode == 0, there.stderr
    other = signsim.Results("there")
    for name in ["run", "digest", "decoding_error"]:
        assert column(here.summary, name) == column(other.summary, name)
    assert len(set(column(here.summary, "digest"))) == 4
    # The program that cargo has built, where there is one: the same sources, the same ids.
    program = os.environ.get("SIGNSIM_PROGRAM")
    if program:
        subprocess.run([program, "run", "both.yaml", "--out", "program", "--quiet"], check=True)
        for name in ["run", "digest"]:
            assert column(here.summary, name) == column(signsim.Results("program").summary, name)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_process_that_was_forked_off_computes_with_threads_of_its_own(channel):
    """Threads that help within a round sleep in between, and a fork does not take them along."""
    channel["workers"] = {"count": 15}
    channel["task"] = {"channel": {"coordinates": 200_000, "crossover": 0.2}}
    channel["method"] = "signsgd_fd"

    def digests(out):
        return column(signsim.run(channel, out=out, threads=2, progress=False).summary, "digest")

    here = digests("here")
    child = multiprocessing.get_context("fork").Process(target=lambda: sys.exit(digests("there") != here))
    child.start()
    child.join(60)
    child.kill()
    assert child.exitcode == 0


def test_a_path_a_text_and_a_dictionary_are_one_scenario(folder, channel):
    import json

    path = folder / "small.yaml"
    path.write_text(json.dumps(channel))
    runs = [
        signsim.run(scenario, out=f"out{number}", progress=False)
        for number, scenario in enumerate([path, str(path), json.dumps(channel), channel])
    ]
    assert len({column(results.summary, "run")[0] for results in runs}) == 1
    changed = signsim.run(path, set={"adversaries.count": np.int64(3)}, seed=5, out="changed", progress=False)
    assert (column(changed.summary, "adversaries"), column(changed.summary, "seed")) == ([3], [5])


def test_tables_are_frames_with_the_settings_of_the_sweep():
    results = signsim.run(TEXT, progress=False)
    rounds = results.rounds
    assert list(np.unique(rounds["sweep.adversaries.count"])) == [0, 2]
    assert len(rounds["round"]) == 4 * 20
    # The mean of a run's rounds is what its summary says.
    for run, error in zip(results.summary["run"], results.summary["decoding_error"]):
        mine = np.asarray(rounds["run"]) == run
        assert np.nanmean(np.asarray(rounds["decoding_error"])[mine]) == pytest.approx(error)
    assert len(results.workers["worker"]) > 0
    with pytest.raises(FileNotFoundError, match="metrics"):
        results.labels


@pytest.mark.parametrize("library", ["pandas", "polars", None])
def test_frames_are_of_the_library_that_is_there(library, monkeypatch):
    from signsim import _frames

    columns = {"run": np.array(["a"], dtype=object), "x": np.array([1.5])}
    monkeypatch.setattr(_frames, "library", lambda: library)
    if library is not None:
        pytest.importorskip(library)
    frame = _frames.frame(columns)
    assert type(frame).__module__.split(".")[0] == (library or "builtins")
    assert (list(frame["run"]), list(frame["x"])) == (["a"], [1.5])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_tables_say_in_frames_what_the_library_reads_in_their_files(library, monkeypatch):
    from signsim import _frames

    module = pytest.importorskip(library)
    texts = {"pandas": {"dtype": str, "keep_default_na": False}, "polars": {"infer_schema": False}}
    monkeypatch.setattr(_frames, "library", lambda: library)
    metrics = "metrics: { workers_every: 5, timeline: 3 }\n"
    results = signsim.run(TEXT + metrics, progress=False)
    run = column(results.summary, "run")[-1]
    for name in ["summary", "rounds", "workers", "timeline"]:
        frame = results.summary if name == "summary" else results.table(name)
        assert isinstance(frame, module.DataFrame), name
        rows = [row for row, of in enumerate(frame["run"]) if name == "summary" or of == run]
        path = results.folder / ("summary.csv" if name == "summary" else f"runs/{run}/{name}.csv")
        read = module.read_csv(path, **texts[library])
        assert len(rows) == len(read) > 0, name
        for header in read.columns:
            ours = column(frame, header)
            for row, text in zip(rows, read[header]):
                assert same(ours[row], text or ""), (name, header, ours[row], text)


def same(value, text):
    """Whether a value of a frame is what a field of a table says."""
    if isinstance(value, str):
        return value == text
    if text == "":
        return value is None or value != value
    return float(value) == float(text)


def test_columns_are_integers_numbers_or_texts():
    from signsim._frames import typed

    for name, texts, kind in [
        ("seed", ["1", str(2**64 - 1)], "u"),
        ("rounds", ["1", "2"], "i"),
        ("final_loss", ["", "0.5"], "f"),
        ("sweep.method", ["a", "b"], "O"),
        ("method", ["1", "2"], "O"),
    ]:
        assert typed(name, texts).dtype.kind == kind, name


def test_a_figure_is_shown_and_saved(folder):
    results = signsim.run(TEXT, progress=False)
    figure = results.figure("decoding_error_vs_adversaries", theory="exact")
    assert figure._repr_svg_().startswith("<svg") or "<svg" in figure.svg[:200]
    for ending, begins in [("svg", b"<"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("csv", b"")]:
        figure.save(f"figure.{ending}")
        assert (folder / f"figure.{ending}").read_bytes().startswith(begins)
    assert len(figure.data) > 0
    with pytest.raises(ValueError, match=r"\.svg"):
        figure.save("figure.bmp")
    with pytest.raises(signsim.ScenarioError, match="no option"):
        results.figure("decoding_error_vs_adversaries", paint="red")
    with pytest.raises(signsim.ScenarioError, match="no figure"):
        results.figure("pie")


def test_a_mistake_says_where_it_is_and_what_to_write(folder):
    (folder / "wrong.yaml").write_text(TEXT.replace("rounds: 20", "rounds: 20\nround: 3"))
    for ask in (signsim.run, signsim.check):
        with pytest.raises(signsim.ScenarioError) as raised:
            ask("wrong.yaml")
        error = raised.value
        assert (error.file, error.line, error.column) == ("wrong.yaml", 4, 1)
        assert "rounds" in error.help and "wrong.yaml:4:1" in str(error)
    with pytest.raises(TypeError, match="path, a text or a dictionary"):
        signsim.run(3)
    with pytest.raises(signsim.ScenarioError, match="nothing.yaml"):
        signsim.run("nothing.yaml")


def test_what_is_told_about_progress():
    told = []
    signsim.run(TEXT, progress=lambda *what: told.append(what))
    fraction, ended, runs, _ = told[-1]
    assert (fraction, ended, runs) == (1.0, 4, 4)
    again = []
    signsim.run(TEXT, progress=lambda *what: again.append(what))
    assert again[-1][1:3] == (4, 4)


def test_an_exception_of_the_callback_ends_the_run(channel):
    def told(*_):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        signsim.run({**channel, "rounds": 2_000_000}, progress=told)


def test_ctrl_c_ends_a_run_which_goes_on_later(channel):
    """What was asked to end is written down, and asked once; tests/it/interrupts.rs says what the next run makes of it."""
    long = {**channel, "rounds": 60_000, "task": {"channel": {"coordinates": 20_000, "crossover": 0.2}}}
    # Who is started in the background may have been told to ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    begun = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            signsim.run(long, out="long", progress=False)
            pytest.fail("it was over before it was interrupted")
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - begun < 30
    short = {**channel, "rounds": 30}
    assert column(signsim.run(short, out="short", progress=False).summary, "status") == ["finished"]
    assert any("checkpoint" in path for path in os.listdir("long/runs"))


def test_the_command_is_the_command():
    assert command("--version").stdout.startswith("signsim " + signsim.VERSION)
    nothing = command("run", "nothing.yaml")
    assert nothing.returncode == 2 and "nothing.yaml" in nothing.stderr
    assert command("theory", "--workers", "5").returncode == 2
    assert signsim.BUILD[:12] in command("--version").stdout


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_the_command_answers_signals_as_the_program_does(folder):
    long = TEXT.replace("rounds: 20", "rounds: 60000").replace("coordinates: 200", "coordinates: 20000")
    long = long.replace("signsgd_fd", "signsgd_mv")
    (folder / "long.yaml").write_text(long)
    child = subprocess.Popen(
        [sys.executable, "-m", "signsim", "run", "long.yaml"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    time.sleep(2)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert "stopping" in err and "Traceback" not in err


def test_check_prints_a_scenario_and_its_costs(channel):
    answer = signsim.check({**channel, "sweep": {"adversaries.count": [0, 3]}})
    assert [settings for settings, _ in answer.runs] == [{"adversaries.count": "0"}, {"adversaries.count": "3"}]
    assert "# " in answer.text and "memory" in repr(answer)
    again = signsim.check(answer.text)
    assert len(again.runs) == 1


def test_theory_is_the_commands(folder):
    numbers = signsim.theory(15, 6, 0.2)
    text = command("theory", "--workers", "15", "--adversaries", "6", "--crossover", "0.2", "--csv").stdout
    for line in text.splitlines()[5:]:
        name, value, _ = line.split(",", 2) if not line.startswith('"') else [None] * 3
        if name in numbers and value:
            assert numbers[name] == float(value), name
    # Five independent votes, wrong with probability .1: three or more of them.
    from math import comb

    exact = sum(comb(5, wrong) * 0.1**wrong * 0.9 ** (5 - wrong) for wrong in range(3, 6))
    assert signsim.theory(5, 0, 0.1)["majority error"] == pytest.approx(exact)
    past = signsim.theory(15, [0, 7, 15], 0.2, trusted=0.3, coordinates=500)["anchored error"]
    assert list(past) == pytest.approx([signsim.theory(15, 0, 0.2)["weighted error"]] * 3, abs=1e-9)
    with pytest.raises(TypeError, match="together"):
        signsim.theory(15, 0, 0.2, trusted=0.3)
    table = signsim.theory(15, range(3), [0.1, 0.2])
    assert len(table["majority error"]) == 6
    for wrong in [dict(adversaries=16), dict(crossover=1.5), dict(flip=-1), dict(adversaries=1.5), dict(max_llr=0)]:
        with pytest.raises(signsim.ScenarioError):
            signsim.theory(**{"workers": 15, "adversaries": 1, "crossover": 0.2, **wrong})


def test_shipped_scenarios_are_read():
    for path in sorted((ROOT / "scenarios").glob("*.yaml")):
        assert path.stem in path.read_text()
