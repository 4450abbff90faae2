"""Rules of one's own: what they are given, what they must give, what becomes of their mistakes and memories."""

import pickle

import numpy as np
import pytest
import signsim
from signsim import _rules


def error(results):
    return list(results.summary["decoding_error"])


def digest(results):
    return list(results.summary["digest"])


def with_rule(channel, aggregator=None, attack=None, **more):
    if aggregator is not None:
        channel["method"] = {"quantizer": "sign", "aggregator": aggregator}
    if attack is not None:
        channel["adversaries"] = {**channel["adversaries"], "attack": attack}
    return {**channel, **more}


def test_a_majority_in_numpy_is_the_built_in_one(channel):
    """Seven workers never tie, so both take the same steps at the same times: equal digests."""

    @signsim.aggregator
    def numpy_majority(votes):
        return votes.sum(axis=0)

    own = signsim.run(with_rule({**channel}, "numpy_majority"), out="own", progress=False)
    built_in = with_rule({**channel}, {"majority": {"ties": "hold"}})
    assert digest(own) == digest(signsim.run(built_in, out="built_in", progress=False))
    assert list(own.summary["run"]) != list(signsim.Results("built_in").summary["run"])


def test_an_inversion_in_numpy_is_the_built_in_one(channel):
    @signsim.attack
    def numpy_inversion(vote):
        return -vote

    own = signsim.run(with_rule({**channel}, attack="numpy_inversion"), out="own", progress=False)
    assert digest(own) == digest(signsim.run(channel, out="built_in", progress=False))


def test_an_attack_that_listens_is_the_built_in_one(channel):
    @signsim.attack
    def against_all(vote, honest):
        return -np.sign(honest.sum(axis=0))

    own = signsim.run(with_rule({**channel}, attack="against_all"), out="own", progress=False)
    built_in = with_rule({**channel}, attack="minus_majority")
    assert digest(own) == digest(signsim.run(built_in, out="built_in", progress=False))


def test_what_an_aggregator_is_given(channel):
    seen = []

    @signsim.aggregator
    def curious(votes, round, workers, vote_weights, population, layers, key, share=0.5):
        seen.append((votes.dtype, votes.shape, round, list(workers), list(vote_weights), population, layers, key, share))
        return votes[0]

    signsim.run(with_rule(channel, {"curious": {"share": 0.25}}, rounds=3), progress=False)
    dtype, shape, round, workers, weights, population, layers, _, share = seen[-1]
    assert (dtype, shape, round, workers) == (np.int8, (7, 200), 2, list(range(7)))
    assert (weights, population, layers, share) == ([1.0] * 7, 7, [slice(0, 200)], 0.25)
    keys = {key for *_, key, _ in seen}
    assert len(keys) == 3
    signsim.run(with_rule(channel, {"curious": {"share": 0.25}}, rounds=3), out="again", progress=False)
    assert {key for *_, key, _ in seen} == keys, "the same draws whenever a round is run again"


def test_what_an_attack_is_given(channel):
    seen = []

    @signsim.attack
    def curious_attack(vote, honest, round, worker, population, key, shared_key):
        seen.append((vote.dtype, honest.shape, round, worker, population, key, shared_key))
        return np.random.default_rng(shared_key).choice([-1, 1], size=len(vote))

    signsim.run(with_rule(channel, attack="curious_attack", rounds=2), progress=False)
    assert {(dtype, shape, population) for dtype, shape, *_, population, _, _ in seen} == {(np.dtype(np.int8), (5, 200), (7, 2))}
    assert {(round, worker) for _, _, round, worker, *_ in seen} == {(r, w) for r in range(2) for w in range(2)}
    assert (len({key for *_, key, _ in seen}), len({key for *_, key in seen})) == (4, 2)


def test_weights_are_recorded(channel):
    @signsim.aggregator
    def weighs(votes, workers):
        return votes.sum(axis=0), workers / 2.0

    workers = signsim.run(with_rule(channel, "weighs", rounds=2), progress=False).workers
    weight = {w: x for w, x in zip(workers["worker"], workers["weight"])}
    assert weight == {w: w / 2 for w in range(7)}


def test_runs_are_the_same_on_any_number_of_threads(channel):
    @signsim.aggregator
    def random_vote(votes, key):
        return votes[np.random.default_rng(key).integers(len(votes))]

    scenario = with_rule(channel, "random_vote", repeats=4)
    one = signsim.run(scenario, out="one", threads=1, progress=False)
    many = signsim.run(scenario, out="many", threads=4, progress=False)
    assert digest(one) == digest(many) and len(set(digest(one))) == 4


def test_the_text_of_a_rule_is_part_of_the_id(channel):
    scenario = with_rule(channel, "versioned", rounds=2)

    def run(source, factor):
        @signsim.aggregator(name="versioned", source=source)
        def rule(votes):
            return factor * votes.sum(axis=0)

        return signsim.run(scenario, out="versions", force=True, progress=False)

    first, second = run("one", 1), run("two", -1)
    assert error(first)[0] == pytest.approx(1 - error(second)[0])
    assert list(run("one", 1).summary["run"]) == list(first.summary["run"]) != list(second.summary["run"])

    @signsim.aggregator
    def with_text(votes):
        return votes[0]

    assert "return votes[0]" in _rules.Rule("aggregator", _rules.AGGREGATOR, with_text, None, None, False).source
    made = eval("lambda votes: votes[0]")
    with pytest.raises(ValueError, match="source="):
        signsim.aggregator(name="made")(made)


def test_an_exception_is_told_with_its_round_and_the_others_go_on(channel):
    @signsim.aggregator
    def breaks(votes, round, when=3):
        if round == when:
            raise ZeroDivisionError("nothing to divide")
        return votes[0]

    scenario = with_rule(channel, {"breaks": {"when": 3}}, rounds=5)
    scenario["sweep"] = {"method.aggregator.own.settings.when": [3, 9]}
    scenario["method"]["aggregator"] = {"own": {"word": "breaks", "settings": {"when": 9}}}
    with pytest.raises(signsim.RunError) as raised:
        signsim.run(scenario, progress=False)
    text = str(raised.value)
    assert "aggregator `breaks` in round 3 raised ZeroDivisionError: nothing to divide" in text
    assert "test_rules.py, line" in text and "in breaks" in text
    assert isinstance(raised.value.__cause__, ZeroDivisionError)
    assert list(raised.value.results.summary["status"]) == ["failed", "finished"]
    # Whoever asks again is told that nothing was computed, and how it would be.
    with pytest.raises(signsim.RunError, match="failed before and was not computed again: .*round 3") as again:
        signsim.run(scenario, progress=False)
    assert again.value.__cause__ is None and "retry_failed=True" in again.value.help
    assert not any("--retry-failed" in remark for remark in again.value.results.remarks)
    with pytest.raises(signsim.RunError) as retried:
        signsim.run(scenario, progress=False, retry_failed=True)
    assert isinstance(retried.value.__cause__, ZeroDivisionError) and "before" not in str(retried.value)

    @signsim.attack
    def stumbles(vote, worker):
        return vote if worker == 0 else vote[1:]

    with pytest.raises(signsim.RunError, match=r"attack `stumbles` of worker 1 in round 0 raised ValueError: its vote has the shape"):
        signsim.run(with_rule({**channel, "method": "signsgd_mv"}, attack="stumbles"), out="attack", progress=False)


@pytest.mark.parametrize(
    "answer, says",
    [
        (lambda votes: votes, "has the shape"),
        (lambda votes: votes[0] > 0, "bool"),
        (lambda votes: None, "array of object"),
        (lambda votes: np.full(200, np.nan), "not finite"),
        (lambda votes: (votes[0], np.ones(3)), "weights have the shape"),
        (lambda votes: (votes[0], 1, 2), "3 things"),
    ],
)
def test_what_is_no_answer_is_refused(channel, answer, says):
    @signsim.aggregator(name="odd", source=says)
    def odd(votes):
        return answer(votes)

    with pytest.raises(signsim.RunError, match=says):
        signsim.run(with_rule(channel, "odd", rounds=2), progress=False)


def test_settings_are_checked_where_they_are_written(channel):
    @signsim.aggregator
    def strict(votes, share, other=1):
        return votes[0]

    for settings, says in [({"shar": 1}, "no setting `shar`"), ({}, "needs the setting `share`")]:
        with pytest.raises(signsim.ScenarioError, match=says) as raised:
            signsim.check(with_rule({**channel}, {"strict": settings}))
        assert raised.value.line is not None

    @signsim.aggregator
    class Picky:
        def __init__(self, share):
            if share > 1:
                raise ValueError("a share is at most 1")

        def __call__(self, votes):
            return votes[0]

    with pytest.raises(signsim.ScenarioError, match="a share is at most 1"):
        signsim.check(with_rule({**channel}, {"picky": {"share": 2}}))


def test_words_and_parameters_are_checked_when_they_are_made():
    for rule, options, error, says in [
        (lambda x: x, {"name": "nothing_known", "source": ""}, TypeError, "takes no `votes`"),
        (lambda votes: votes, {"name": "majority", "source": ""}, signsim.ScenarioError, "already"),
        (lambda votes: votes, {"name": "Two words", "source": ""}, signsim.ScenarioError, "no word"),
        (7, {}, TypeError, "function or a class"),
        (type("Empty", (), {}), {"source": ""}, TypeError, "no __call__"),
    ]:
        with pytest.raises(error, match=says):
            signsim.aggregator(**options)(rule)


class Ewma:
    """Follows a moving mean of the votes."""

    def __init__(self, beta=0.5):
        self.beta, self.mean, self.chance, self.rounds = beta, None, np.random.default_rng(3), 0

    def __call__(self, votes, round):
        self.rounds += 1
        assert self.rounds == round + 1, "it remembers every round"
        now = votes.mean(axis=0) + 1e-6 * self.chance.normal(size=votes.shape[1])
        self.mean = now if self.mean is None else self.beta * self.mean + (1 - self.beta) * now
        return self.mean, np.full(len(votes), self.rounds)


def test_a_rule_with_a_memory_is_new_in_every_run_and_goes_on_from_a_checkpoint(channel):
    signsim.aggregator(Ewma)
    scenario = with_rule(channel, "ewma", rounds=40, repeats=2)
    whole = signsim.run(scenario, out="whole", progress=False)

    class Enough(Exception):
        pass

    def stop(fraction, *_):
        if fraction > 0:
            raise Enough

    long = {**scenario, "rounds": 4000, "repeats": 1}
    with pytest.raises(Enough):
        signsim.run(long, out="long", progress=stop)
    remarks = signsim.run(long, out="long", progress=False).remarks
    assert any("goes on after round" in remark for remark in remarks), remarks
    assert digest(signsim.Results("long")) == digest(signsim.run(long, out="again", progress=False))
    assert len(set(digest(whole))) == 2


def test_a_memory_that_cannot_be_written_down_is_said_to_be_one(channel):
    @signsim.aggregator
    class Opens:
        def __init__(self):
            self.file = None

        def __call__(self, votes):
            self.file = print
            return votes[0]

    results = signsim.run(with_rule(channel, "opens", rounds=5), checkpoint_every=0, progress=False)
    said = [remark for remark in results.remarks if "cannot be resumed inside" in remark]
    assert len(said) == 1 and "builtins.print" in said[0]


def test_a_checkpoint_does_nothing_but_remember():
    class Harm:
        def __reduce__(self):
            return exec, ("raise SystemExit",)

    running = _rules.Rule("aggregator", _rules.AGGREGATOR, Ewma, None, "", False).begin("{}", 3, [])
    with pytest.raises(pickle.UnpicklingError, match="exec"):
        running.load(pickle.dumps({"mean": Harm()}))
    running(np.ones((3, 4), dtype=np.int8), 0) if callable(running) else running.instance(np.ones((3, 4), dtype=np.int8), 0)
    other = _rules.Rule("aggregator", _rules.AGGREGATOR, Ewma, None, "", False).begin("{}", 3, [])
    other.load(running.dump())
    assert (other.instance.mean == running.instance.mean).all() and other.instance.rounds == 1
    assert other.instance.chance.normal() == running.instance.chance.normal()


def test_silence_has_to_be_announced(channel):
    @signsim.attack
    def mute(vote):
        return None

    with pytest.raises(signsim.RunError, match="may_be_silent=True"):
        signsim.run(with_rule({**channel}, attack="mute", rounds=2), out="mute", progress=False)

    @signsim.attack(may_be_silent=True)
    def announced(vote):
        return None

    scenario = with_rule({**channel}, attack="announced", rounds=2, server={"close": {"deadline": "1s"}})
    assert list(signsim.run(scenario, progress=False).summary["votes_missing"]) == [4]


def test_numbers_are_attacked_as_numbers(channel):
    @signsim.attack
    def ten_times(vote):
        assert vote.dtype == np.float32
        return -10 * vote

    task = {"train": {"data": {"digits": {"train": 140, "test": 50}}, "model": "logistic"}}
    method = {"quantizer": "dense", "aggregator": "median"}
    scenario = {**channel, "task": task, "method": method, "rounds": 2}
    scenario = with_rule(scenario, attack="ten_times")
    assert list(signsim.run(scenario, progress=False).summary["status"]) == ["finished"]
