"""The table of `run.sh`: our medians beside the peers', as Markdown.

    python3 ratios.py OURS PEERS

OURS is what `cargo bench` printed; PEERS has a line `name,seconds` a measurement. Of a peer's variants of one
measurement (`name-variant`) the fastest counts.
"""

import re
import sys

UNITS = {"ns": 1e-9, "µs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1.0}
# Rounds of a run that one measurement of ours covers.
ROUNDS = re.compile(r"rounds=(\d+)")
# Worker-rounds of a star of `benches/kernel.rs`.
STARS = {"15": 15 * 10_000, "1000": 1000 * 200, "100000": 100_000 * 10}
RUNS = {
    "quickstart": "a run of the quickstart (MLP, 100 rounds, FD by coordinate, L = 7), the whole command",
    "mnist_cnn": "a run of mnist_cnn (300 rounds, FD by coordinate, L = 7), the whole command",
}


def ours(path):
    """Median seconds by id."""
    found, name = {}, None
    for line in open(path, encoding="utf-8"):
        if "time:" in line and "%" not in line:
            name = line.split("time:")[0].strip() or name
            low, unit_low, median, unit = line.split("[")[1].split()[:4]
            found[name] = float(median) * UNITS[unit]
        elif re.fullmatch(r"[a-z][\w/=-]*", line.strip()):
            name = line.strip()
    return found


def peers(path):
    """Seconds by name; of a star, worker-rounds a second."""
    found = {}
    for line in open(path, encoding="utf-8"):
        name, seconds, *rate = line.strip().split(",")
        found[name] = float(rate[0] if rate else seconds)
    return found


def fastest(peer, name):
    """Seconds and variant of the fastest one."""
    best = min((seconds, n) for n, seconds in peer.items() if n == name or n.startswith(name + "-"))
    return best[0], best[1][len(name) + 1:].replace("-", " ") or "plain"


def row(what, mine, theirs, peer):
    print(f"| {what} | {mine} | {theirs} | {peer} |")


def milliseconds(seconds):
    return f"{seconds * 1e3:.3g} ms"


def main():
    mine, peer = ours(sys.argv[1]), peers(sys.argv[2])
    print("| work | signsim | peer | peer's time by ours |")
    print("|---|--:|--:|--:|")
    for model, workers in [("cnn", 15), ("cnn_winograd_6", 15), ("mlp", 15), ("resnet20", 3), ("resnet20_winograd_6", 3)]:
        plain = model.removesuffix("_winograd_6")
        theirs, variant = fastest(peer, f"round/{plain}/m={workers}")
        for name, seconds in mine.items():
            if name.startswith(f"round/{model}/") and name.endswith("threads=2"):
                seconds /= int(ROUNDS.search(name)[1])
                way = "" if model == plain else ", convolution: winograd_6"
                what = f"a round of {plain.upper()}{way}, M = {workers}, batch 64, two threads"
                row(what, milliseconds(seconds), f"{milliseconds(theirs)} (PyTorch, {variant})", f"{theirs / seconds:.2f}")
    for rule in ["majority", "fd-worker", "fd-coordinate"]:
        name = f"tally/{rule}/m=15/d=582026"
        if name in mine:
            # By all threads where ours are cut, as PyTorch's always are.
            seconds = mine.get(f"{name}/threads=2", mine[name])
            row(f"{rule}, M = 15, D = 582,026, two threads", milliseconds(seconds), f"{milliseconds(peer[name])} (PyTorch)",
                f"{peer[name] / seconds:.1f}")
    for run, what in RUNS.items():
        name = f"run/{run}"
        if name in mine:
            row(what, f"{mine[name]:.2f} s", f"{peer[name]:.2f} s (PyTorch, without imports)", f"{peer[name] / mine[name]:.1f}")
    for workers, count in STARS.items():
        name = f"kernel/star/m={workers}"
        if name in mine:
            rates = [count / mine[name], peer[name]]
            row(f"a star of {int(workers):,} workers", f"{rates[0] / 1e6:.2f} M worker-rounds/s",
                f"{rates[1] / 1e6:.2f} M (nexosim 1.0)", f"{rates[0] / rates[1]:.2f}")
    flops = 2 * 1024**3
    for name, seconds in mine.items():
        if name.startswith("gemm/"):
            products, threads = (int(re.search(rf"{key}=(\d+)", name)[1]) for key in ["products", "threads"])
            rate = threads * products * flops / seconds / 1e9
            plain = peer.get(f"gemm/1024/threads={threads}")
            theirs = f"{flops / plain / 1e9:.0f} GFLOP/s (PyTorch)" if plain else ""
            ratio = f"{rate * 1e9 / flops * plain:.2f}" if plain else ""
            row(f"plain 1024^3 products, {threads} thread{'s' * (threads > 1)}", f"{rate:.0f} GFLOP/s", theirs, ratio)


if __name__ == "__main__":
    main()
