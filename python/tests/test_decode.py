"""`signsim.decode` on arrays, compared with NumPy and with the command."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
import signsim


def cast(rounds=6, workers=5, coordinates=130, seed=0):
    chance = np.random.default_rng(seed)
    return chance.choice(np.array([-1, 1], dtype=np.int8), size=(rounds, workers, coordinates))


def test_a_majority_is_the_sign_of_the_sum():
    votes = cast()
    decided = signsim.decode(votes, "majority")
    assert decided.dtype == np.int8 and decided.shape == (6, 130)
    assert (decided == np.sign(votes.sum(axis=1))).all()
    assert (signsim.decode(votes[0], "majority") == decided[0]).all()


def test_learned_weights_are_those_of_the_command(folder):
    votes = cast(coordinates=7)
    decided, weights = signsim.decode(votes, {"federated_defense": {"t_in": 2}}, weights=True)
    rows = ["round,worker,coordinate,vote"]
    for (round, worker, coordinate), vote in np.ndenumerate(votes):
        rows.append(f"{round},{worker},{coordinate},{vote}")
    (folder / "votes.csv").write_text("\n".join(rows) + "\n")
    arguments = ["decode", "votes.csv", "--aggregator", "{ federated_defense: { t_in: 2 } }", "--weights", "weights.csv"]
    out = subprocess.run([sys.executable, "-m", "signsim", *arguments], capture_output=True, text=True, check=True).stdout
    told = np.loadtxt(out.splitlines()[1:], delimiter=",", dtype=int)
    assert (decided.ravel() == told[:, 2]).all()
    told = np.loadtxt("weights.csv", delimiter=",", skiprows=1)
    assert np.allclose(weights.ravel(), told[:, 3])


@pytest.mark.parametrize("view", ["strided", "fortran", "reversed"])
def test_however_the_votes_lie(view):
    votes = cast()
    other = {
        "strided": np.repeat(votes, 2, axis=2)[:, :, ::2],
        "fortran": np.asfortranarray(votes),
        "reversed": votes[:, :, ::-1].copy()[:, :, ::-1],
    }[view]
    assert (signsim.decode(other) == signsim.decode(votes)).all()


def test_the_votes_are_not_copied():
    votes = cast(rounds=40, workers=20, coordinates=10_000)
    tracemalloc.start()
    signsim.decode(votes, "majority")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < votes.nbytes / 4


def test_who_did_not_vote_does_not_count():
    votes, voted = cast(), np.ones((6, 5), dtype=bool)
    voted[:, 3:] = False
    decided = signsim.decode(votes, "majority", voted=voted)
    assert (decided == np.sign(votes[:, :3].sum(axis=1))).all()
    _, weights = signsim.decode(votes, voted=voted, weights=True)
    assert np.isnan(weights[:, 3:]).all() and np.isfinite(weights[:, :3]).all()


def test_packed_bits_are_told_what_unpacks_them():
    with pytest.raises(TypeError, match="np.unpackbits"):
        signsim.decode(np.zeros((2, 3, 4), dtype=np.uint8))


def test_an_exception_of_a_rule_is_the_cause():
    @signsim.aggregator
    def halts(votes):
        raise KeyError("nothing here")

    with pytest.raises(signsim.RunError, match="aggregator `halts` in round 0 raised KeyError") as raised:
        signsim.decode(cast(), "halts")
    assert isinstance(raised.value.__cause__, KeyError) and raised.value.help is None


def test_a_rule_of_ones_own_decodes():
    @signsim.aggregator
    def first_two(votes, workers):
        return votes[0] + votes[1], np.array([1.0, 1.0] + [0.0] * (len(workers) - 2))

    votes = cast()
    decided, weights = signsim.decode(votes, "first_two", weights=True)
    assert (decided == np.sign(votes[:, 0] + votes[:, 1])).all()
    assert (weights[1:, :2] == 1).all() and (weights[1:, 2:] == 0).all()


def test_what_is_no_vote_is_refused():
    for votes, error, says in [
        (cast().astype(float), TypeError, "int8"),
        ([[1, -1]], TypeError, "list"),
        (cast()[0, 0], ValueError, "rounds x workers x coordinates"),
        (cast() * 2, signsim.ScenarioError, r"votes\[0, 0, 0\]"),
        (np.zeros((1, 0, 3), dtype=np.int8), signsim.ScenarioError, "workers"),
    ]:
        with pytest.raises(error, match=says):
            signsim.decode(votes)
    with pytest.raises(signsim.ScenarioError, match="aggregator:1:1") as raised:
        signsim.decode(cast(), "majorty")
    assert "majority" in raised.value.help
    with pytest.raises(signsim.ScenarioError, match="told the truth"):
        signsim.decode(cast(), "oracle")
    with pytest.raises(signsim.ScenarioError, match="layers"):
        signsim.decode(cast(), layers=[10, 20])
