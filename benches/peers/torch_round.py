"""One round of signSGD in PyTorch on the CPU: M gradients, their signs, one vote; the votes alone; and whole runs.

Prints one line a measurement, `name,seconds`: the median over repetitions. Every round is written as well as we can: one
model, one flat gradient buffer, no copies, no Python inside a gradient; each in several variants (memory format, threads
within a gradient or across workers), of which the fastest is the one to compare with. Answers are checked against a plain
formula before anything is timed.

    python torch_round.py [--threads 2] [--workers 15] [--repeats 15] [--only gemm|mlp|cnn|resnet20|resnet56|tally|runs]
"""

import argparse
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import nn
from torch.nn import functional as F


class Cnn(nn.Module):
    """The CNN of the paper: 582,026 parameters on 28 x 28."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 5), nn.Conv2d(32, 64, 5)
        self.linear1, self.linear2 = nn.Linear(1024, 512), nn.Linear(512, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.linear2(F.relu(self.linear1(x.flatten(1))))


class Mlp(nn.Module):
    """784-128-10: 101,770 parameters."""

    def __init__(self):
        super().__init__()
        self.linear1, self.linear2 = nn.Linear(784, 128), nn.Linear(128, 10)

    def forward(self, x):
        return self.linear2(F.relu(self.linear1(x.flatten(1))))


class Block(nn.Module):
    """Two 3x3 convolutions, normalised by their batch, past which their input is added (zeros for new channels)."""

    def __init__(self, channels, filters, stride):
        super().__init__()
        self.stride, self.around = stride, (filters - channels) // 2
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters, track_running_stats=False)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters, track_running_stats=False)

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.around:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.around, self.around))
        return F.relu(y + x)


class Resnet(nn.Module):
    """The residual network of depth 6 n + 2 for 3 x 32 x 32: 269,722 parameters at depth 20, 853,018 at depth 56."""

    def __init__(self, depth):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16, track_running_stats=False)
        first = [(16, 16, 1), (16, 32, 2), (32, 64, 2)]
        plan = [block for c, f, s in first for block in [(c, f, s)] + [(f, f, 1)] * (depth // 6 - 1)]
        self.blocks, self.linear = nn.Sequential(*(Block(*block) for block in plan)), nn.Linear(64, 10)

    def forward(self, x):
        return self.linear(self.blocks(F.relu(self.bn1(self.conv1(x)))).mean((2, 3)))


class Resnet20(Resnet):
    def __init__(self):
        super().__init__(20)


class Resnet56(Resnet):
    def __init__(self):
        super().__init__(56)


def flat_gradient(model):
    """Lets all gradients of a model lie in one vector, in the order of its parameters."""
    parameters = list(model.parameters())
    flat, at = torch.zeros(sum(p.numel() for p in parameters)), 0
    for p in parameters:
        p.grad = flat[at:at + p.numel()].view(p.shape)
        at += p.numel()
    return flat


class Worker:
    """One worker's batch, and a model that shares its parameters with all others of the same maker."""

    def __init__(self, model, inputs, labels):
        self.model, self.inputs, self.labels = model, inputs, labels
        self.flat = flat_gradient(model)

    def vote(self, into):
        self.flat.zero_()
        F.cross_entropy(self.model(self.inputs), self.labels).backward()
        torch.sign(self.flat, out=into)


def sharing(make, count):
    """`count` models with one set of parameters."""
    torch.manual_seed(2)
    first = make()
    models = [first]
    for _ in range(count - 1):
        other = make()
        for p, q in zip(other.parameters(), first.parameters()):
            p.data = q.data
        models.append(other)
    return models


def batches(make, workers, batch):
    torch.manual_seed(1)
    shape = (3, 32, 32) if issubclass(make, Resnet) else (1, 28, 28)
    return [(torch.randn(batch, *shape), torch.randint(10, (batch,))) for _ in range(workers)]


def one_after_another(make, workers, batch, channels_last):
    """All threads inside one gradient at a time."""
    torch.manual_seed(2)
    model = make()
    data = batches(make, workers, batch)
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
        data = [(x.contiguous(memory_format=torch.channels_last), y) for x, y in data]
    crew = [Worker(model, x, y) for x, y in data]
    for worker in crew:
        worker.flat = crew[-1].flat
    votes = torch.empty(workers, crew[0].flat.numel())

    def round_():
        for worker, into in zip(crew, votes):
            worker.vote(into)
        return torch.sign(votes.sum(0))

    return round_


def side_by_side(make, workers, batch, threads):
    """One thread a gradient, `threads` gradients at a time, each with a model of its own on shared parameters."""
    data = batches(make, workers, batch)
    models = sharing(make, threads)
    crews = [[Worker(model, x, y) for x, y in data[t::threads]] for t, model in enumerate(models)]
    for crew in crews:
        for worker in crew:
            worker.flat = crew[-1].flat
    votes = torch.empty(workers, crews[0][0].flat.numel())
    pool = ThreadPoolExecutor(threads)

    def work(t):
        for worker, into in zip(crews[t], votes[t::threads]):
            worker.vote(into)

    def round_():
        list(pool.map(work, range(threads)))
        return torch.sign(votes.sum(0))

    return round_


def measure(name, run, repeats):
    run(), run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    print(f"{name},{statistics.median(times):.6f}", flush=True)


def rounds(name, make, args):
    expected = None
    workers = 3 if make is Resnet20 else args.workers
    variants = [("", lambda: one_after_another(make, workers, 64, False))]
    if make is not Mlp:
        variants.append(("-channels-last", lambda: one_after_another(make, workers, 64, True)))
    if args.threads > 1:
        variants.append(("-side-by-side", lambda: side_by_side(make, workers, 64, args.threads)))
    for variant, build in variants:
        # Threads within a gradient, or across gradients: never both.
        torch.set_num_threads(1 if variant == "-side-by-side" else args.threads)
        run = build()
        decision = run()
        if expected is None:
            expected = decision
        share = (decision == expected).float().mean().item()
        # Deep normalised networks pass on what rounding has switched.
        least = {Resnet20: 0.95, Resnet56: 0.9}.get(make, 0.99)
        assert share > least, f"{name}{variant}: only {share} of the signs agree with those of another variant"
        # A round of the deepest takes seconds.
        repeats = min(args.repeats, 3) if make is Resnet56 else args.repeats
        measure(f"round/{name}/m={workers}{variant}", run, repeats)
    torch.set_num_threads(args.threads)


def votes(args, coordinates=582_026):
    """The server's side alone: signs as floats, one weight a vote or one a vote and coordinate."""
    torch.manual_seed(3)
    m = args.workers
    signs = torch.randint(2, (m, coordinates)).float().mul_(2).sub_(1)
    weights = torch.randn(m)
    counts = torch.randint(0, 100, (m, coordinates), dtype=torch.int16)
    agreements = torch.arange(201)
    row = torch.log((agreements + 1e-3) / (200 - agreements + 1e-3))
    bytes_ = signs.to(torch.int8)

    def majority():
        return torch.sign(bytes_.sum(0, dtype=torch.int8))

    def per_worker():
        decision = torch.sign(weights @ signs)
        agreements = (signs == decision).sum(1)
        return decision, agreements

    def per_coordinate():
        decision = torch.sign((row[counts.int()] * signs).sum(0))
        counts.add_(signs == decision)
        return decision

    assert torch.equal(majority(), torch.sign(signs.sum(0)).to(torch.int8))
    decision, agreements = per_worker()
    assert torch.equal(decision[7], torch.sign((weights * signs[:, 7]).sum()))
    assert int(agreements[3]) == int((signs[3] == decision).sum())
    for name, run in [("majority", majority), ("fd-worker", per_worker), ("fd-coordinate", per_coordinate)]:
        counts.remainder_(100)
        measure(f"tally/{name}/m={m}/d={coordinates}", run, args.repeats)


def gemm(args):
    a, b, c = torch.full((1024, 1024), 0.5), torch.full((1024, 1024), 0.25), torch.empty(1024, 1024)
    torch.mm(a, b, out=c)
    assert abs(c[3, 5].item() - 128.0) < 1e-3
    measure(f"gemm/1024/threads={args.threads}", lambda: torch.mm(a, b, out=c), 3 * args.repeats)


def whole(make, samples, tests, rounds_, every, args):
    """Seconds of a run as a researcher would write it: batches of bytes that are drawn and normalised, L = 7 of M = 15 workers
    that invert their signs, one weight a worker and coordinate, a step along the decision, the test set every so often. Bytes
    are random: how long it takes does not depend on them. Neither imports nor reading files count."""
    torch.manual_seed(4)
    pixels = torch.randint(256, (samples + tests, 1, 28, 28), dtype=torch.uint8)
    labels = torch.randint(10, (samples + tests,))
    model = make()
    if make is Cnn:
        model = model.to(memory_format=torch.channels_last)
    flat, parameters = flat_gradient(model), list(model.parameters())
    m, d = args.workers, flat.numel()
    votes, counts = torch.empty(m, d), torch.zeros(m, d, dtype=torch.int16)

    def inputs(chosen):
        x = pixels[chosen].float().div_(255).sub_(0.1307).div_(0.3081)
        return x.contiguous(memory_format=torch.channels_last) if make is Cnn else x

    def evaluate():
        with torch.no_grad():
            chunks = torch.arange(samples, samples + tests).split(1000)
            return sum((model(inputs(c)).argmax(1) == labels[c]).sum().item() for c in chunks) / tests

    start = time.perf_counter()
    evaluate()
    for t in range(rounds_):
        for worker in range(m):
            chosen = torch.randint(samples // m, (64,)) + worker * (samples // m)
            flat.zero_()
            F.cross_entropy(model(inputs(chosen)), labels[chosen]).backward()
            torch.sign(flat, out=votes[worker])
        votes[:7].neg_()
        agreements = torch.arange(t + 1)
        table = torch.log((agreements + 1) / (t - agreements + 1))
        decision = torch.sign((table[counts.int()] * votes).sum(0)) if t else torch.sign(votes.sum(0))
        counts.add_(votes == decision)
        at = 0
        for p in parameters:
            p.data.sub_(decision[at:at + p.numel()].view(p.shape), alpha=0.001)
            at += p.numel()
        if (t + 1) % every == 0:
            evaluate()
    return time.perf_counter() - start


def runs(args):
    for name, setting in [("quickstart", (Mlp, 6000, 1000, 100, 20)), ("mnist_cnn", (Cnn, 60_000, 10_000, 300, 25))]:
        whole(*setting[:3], 2, 2, args)
        print(f"run/{name},{whole(*setting, args):.6f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=15)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--only", choices=["gemm", "mlp", "cnn", "resnet20", "resnet56", "tally", "runs"])
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    parts = {
        "gemm": lambda: gemm(args),
        "mlp": lambda: rounds("mlp", Mlp, args),
        "cnn": lambda: rounds("cnn", Cnn, args),
        "resnet20": lambda: rounds("resnet20", Resnet20, args),
        "resnet56": lambda: rounds("resnet56", Resnet56, args),
        "tally": lambda: votes(args),
        "runs": lambda: runs(args),
    }
    for part in parts if args.only is None else [args.only]:
        parts[part]()
