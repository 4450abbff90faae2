"""The measurements of growth.sh: runs the program with one round and with more, each up to five times."""

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time

CHANNEL = """
name: growth
rounds: {rounds}
workers: {{ count: {workers} }}
task: {{ channel: {{ coordinates: {coordinates}, crossover: 0.2 }} }}
method: {method}
"""
TRAIN = """
name: growth
rounds: {rounds}
evaluate_every: {rounds}
workers: {{ count: {workers}, batch: 64 }}
task: {{ train: {{ data: {{ digits: {{ train: 1500, test: 10 }} }}, split: replicated, model: {model} }} }}
method: {method}
metrics: {{ reference: none }}
"""


def run(program, text, threads):
    """Wall seconds and peak bytes of one run; its answer is that all votes came."""
    folder = tempfile.mkdtemp()
    try:
        scenario = os.path.join(folder, "growth.yaml")
        with open(scenario, "w", encoding="utf-8") as file:
            file.write(text)
        command = [program, "run", scenario, "--out", os.path.join(folder, "out"), "--threads", str(threads), "--quiet"]
        start = time.perf_counter()
        process = subprocess.Popen(command)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, f"{command} ended with {process.returncode}"
        with open(os.path.join(folder, "out", "summary.csv"), encoding="utf-8") as file:
            header, row = (line.strip().split(",") for line in file)
        assert dict(zip(header, row))["votes_missing"] == "0", "every vote came"
        return seconds, usage.ru_maxrss * 1024
    finally:
        shutil.rmtree(folder)


def least(program, text, threads):
    """The shortest time and the largest memory of several runs, of which none begins after three seconds."""
    runs = []
    while len(runs) < 5 and sum(seconds for seconds, _ in runs) < 3:
        runs.append(run(program, text, threads))
    return min(seconds for seconds, _ in runs), max(peak for _, peak in runs)


def measure(program, what, x, template, threads=1, rounds=5, **settings):
    base, _ = least(program, template.format(rounds=1, **settings), threads)
    seconds, peak = least(program, template.format(rounds=rounds, **settings), threads)
    seconds = max(seconds - base, 0.0) / max(rounds - 1, 1)
    row = [what, x, f"{seconds:.6f}", peak, settings["workers"], settings.get("coordinates", ""),
           settings.get("model", "channel").split(":")[0].strip("{ "), rounds, threads, settings["method"]]
    print(",".join(str(cell) for cell in row), flush=True)


def main():
    program = sys.argv[1]
    print("what,x,seconds,peak_bytes,workers,coordinates,task,rounds,threads,method")
    for method in ["signsgd_mv", "signsgd_fd"]:
        for m, rounds in [(10, 2001), (100, 501), (1000, 101), (10_000, 11), (100_000, 4), (1_000_000, 4)]:
            measure(program, "workers", m, CHANNEL, workers=m, coordinates=64, method=method, rounds=rounds)
        for d, rounds in [(1000, 1001), (10_000, 201), (100_000, 41), (1_000_000, 6), (10_000_000, 3)]:
            measure(program, "coordinates", d, CHANNEL, workers=15, coordinates=d, method=method, rounds=rounds)
    for rounds in [10, 100, 1000, 10_000]:
        measure(program, "rounds", rounds, CHANNEL, workers=15, coordinates=10_000, method="signsgd_fd", rounds=rounds)
    models = [("{ mlp: { hidden: [128] } }", 101_770, 61), ("cnn", 582_026, 6)]
    for method in ["signsgd_mv", "signsgd_fd"]:
        for (model, d, rounds), threads in itertools.product(models, [1, 2]):
            measure(program, "threads", threads, TRAIN, threads=threads, workers=15, model=model, coordinates=d,
                    method=method, rounds=rounds)
    for m in [10, 100, 1000]:
        measure(program, "workers", m, TRAIN, threads=2, workers=m, model="cnn", coordinates=582_026,
                method="signsgd_mv", rounds=2)


if __name__ == "__main__":
    main()
