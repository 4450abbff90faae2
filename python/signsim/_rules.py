"""Rules of one's own: functions of arrays, or classes that remember, which scenarios then name by their word."""

import ast
import inspect
import io
import json
import linecache
import os
import pickle
import re
import textwrap
import traceback

import numpy as np

from . import _signsim

# What a rule may ask for by the names of its parameters; every other parameter is a setting of the scenario.
AGGREGATOR = ("votes", "round", "workers", "vote_weights", "population", "layers", "key")
ATTACK = ("vote", "honest", "round", "worker", "population", "key", "shared_key")


def aggregator(rule=None, *, name=None, source=None):
    """Makes a function, or a class, an aggregator of scenarios: `aggregator: my_rule`, or `{ my_rule: { trim: 2 } }`.

    It is called once a round in which anybody voted, and takes what it names among

    votes : int8, V x D; -1, 0 or 1: the votes that count, in the order of the workers.
    workers : int64, V: who cast them, from 0; one worker may stand there twice where late votes count.
    round : the round, from 0.
    vote_weights : float32, V: 1 unless a vote is late.
    population : M, whether they voted or not.
    layers : slices that cover 0..D, one for each layer of the model.
    key : an integer for `numpy.random.default_rng(key)`, the same whenever this round is run again.

    Every other parameter is a setting that the scenario may give. It answers with D numbers, whose signs are the step (zero
    holds a coordinate), or with those and weights, V or V x D, which are recorded.

    A class is made anew for every run, with the settings, and called in the same way; what it keeps in its attributes goes
    into checkpoints. A function has to answer the same whenever it is asked the same.

    Parameters
    ----------
    name: the word; the name of the function, or that of the class in small letters with underscores, unless given.
    source: a text that determines the rule and becomes part of the id of its runs; its source text unless given. What it
        reads from outside of itself, other functions and global names, is no part of that.

    The function or class itself is given back unchanged.
    """
    return _decorated("aggregator", AGGREGATOR, rule, name, source, False)


def attack(rule=None, *, name=None, source=None, may_be_silent=False):
    """Makes a function, or a class, an attack of scenarios: `adversaries: { count: 3, attack: my_attack }`.

    It is called for every vote of a corrupted worker, and takes what it names among

    vote : int8, D; -1, 0 or 1: what the worker would have voted. float32 where the method sends numbers.
    honest : int8, H x D: the honest votes of the round, in the order of the workers. Who names it listens: it answers when
        all honest workers have voted. It may lack some, or be empty, where the network loses votes or patience ends.
    round : the round, from 0.
    worker : who votes, from 0.
    population : (M, L), for attacks that listen.
    key : an integer for `numpy.random.default_rng(key)`, of this worker and round.
    shared_key : the same for all corrupted workers in a round, so that they can collude.

    Every other parameter is a setting that the scenario may give. It answers with the vote, D numbers, whose signs count
    where the method sends signs; or with None to say nothing, which only one with `may_be_silent` can.

    A class is made anew for every run, one for all corrupted workers; the rest is as for `signsim.aggregator`.
    """
    return _decorated("attack", ATTACK, rule, name, source, may_be_silent)


def _decorated(family, inputs, rule, name, source, may_be_silent):
    def register(rule):
        made = Rule(family, inputs, rule, name, source, may_be_silent)
        _signsim.register(family, made.word, made.about, made, may_be_silent)
        return rule

    return register if rule is None else register(rule)


class Rule:
    """A rule behind its word."""

    def __init__(self, family, inputs, rule, name, source, may_be_silent):
        if not callable(rule):
            raise TypeError(f"an {family} is a function or a class, not {type(rule).__name__}")
        self.family, self.rule, self.may_be_silent = family, rule, may_be_silent
        self.is_class = inspect.isclass(rule)
        plain = getattr(rule, "__name__", "")
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain).lower()
        self.word = name or (snake if self.is_class else plain)
        self.about = (inspect.getdoc(rule) or "a rule of this Python program").strip().splitlines()[0]
        self.source = source if source is not None else self._text()
        call = next((vars(kind)["__call__"] for kind in rule.__mro__ if "__call__" in vars(kind)), None) if self.is_class else rule
        if call is None:
            raise TypeError(f"the class `{plain}` has no __call__")
        named = list(inspect.signature(call).parameters.values())[1 if self.is_class else 0 :]
        settings = list(inspect.signature(rule).parameters.values()) if self.is_class else named
        self.inputs = [parameter.name for parameter in named if parameter.name in inputs]
        if inputs[0] not in self.inputs and "honest" not in self.inputs:
            raise TypeError(f"`{self.word}` takes no `{inputs[0]}`: name its parameters among {', '.join(inputs)}")
        if self.is_class:
            self._check_call(named, inputs)
        else:
            settings = [parameter for parameter in settings if parameter.name not in inputs]
        self.settings = settings

    def _check_call(self, named, inputs):
        for parameter in named:
            if parameter.name not in inputs and parameter.default is inspect.Parameter.empty:
                raise TypeError(
                    f"`{self.word}.__call__` takes `{parameter.name}`, which nobody gives: name its parameters among "
                    f"{', '.join(inputs)}, and settings in __init__"
                )

    def _text(self):
        try:
            return class_text(self.rule) if self.is_class else textwrap.dedent(inspect.getsource(self.rule))
        except (OSError, TypeError, SyntaxError) as error:
            raise ValueError(
                f"the source text of `{self.word}`, which is part of the id of its runs, cannot be found: write the rule in a "
                f"file or a notebook, or give source=..., any text that changes when the rule does"
            ) from error

    def begin(self, settings, population, layers):
        """The rule at the start of a run. `settings` is JSON."""
        settings = json.loads(settings)
        if not isinstance(settings, dict):
            raise TypeError(f"the settings of `{self.word}` are names and values, {{ {self.word}: {{ trim: 2 }} }}")
        known = [parameter.name for parameter in self.settings if parameter.kind is not parameter.VAR_KEYWORD]
        takes_all = len(known) < len(self.settings)
        for name in settings:
            if name not in known and not takes_all:
                meant = f"its settings are {', '.join(known)}" if known else "it has none"
                raise TypeError(f"`{self.word}` has no setting `{name}`: {meant}")
        for parameter in self.settings:
            needed = parameter.default is parameter.empty and parameter.kind in (
                parameter.POSITIONAL_OR_KEYWORD,
                parameter.KEYWORD_ONLY,
            )
            if needed and parameter.name not in settings:
                raise TypeError(f"`{self.word}` needs the setting `{parameter.name}`")
        return Running(self, settings, population, layers)


class Running:
    """A rule in a run."""

    def __init__(self, rule, settings, population, layers):
        self.rule = rule
        self.population, self.layers = population, [slice(*layer) for layer in layers]
        self.listens = "honest" in rule.inputs
        # A function remembers nothing; an object remembers what is in it.
        self.instance = rule.rule(**settings) if rule.is_class else None
        self.call = self.instance if rule.is_class else rule.rule
        self.settings = {} if rule.is_class else settings

    def ask(self, given):
        return self.call(**{name: given[name] for name in self.rule.inputs}, **self.settings)

    def decide(self, votes, round, workers, vote_weights, key):
        """What an aggregator answers: int8 signs, and float32 weights or None."""
        coordinates, voters = votes.shape[1], votes.shape[0]
        given = {
            "votes": votes,
            "round": round,
            "workers": workers,
            "vote_weights": vote_weights,
            "population": self.population,
            "layers": self.layers,
            "key": key,
        }
        answer, weights = self.ask(given), None
        if isinstance(answer, tuple):
            if len(answer) != 2:
                raise TypeError(f"it answered with {len(answer)} things: a decision, or a decision and weights")
            answer, weights = answer
        if weights is not None:
            weights = np.ascontiguousarray(weights, dtype=np.float32)
            if weights.shape not in ((voters,), (voters, coordinates)):
                raise ValueError(f"its weights have the shape {weights.shape}, not ({voters},) or ({voters}, {coordinates})")
            if not np.isfinite(weights).all():
                raise ValueError("its weights are not all finite")
        return signs(answer, coordinates, "its decision"), weights

    def act(self, vote, honest, round, worker, population, keys):
        """What an attack answers: a vote as it is sent, or None."""
        given = {
            "vote": vote,
            "honest": honest,
            "round": round,
            "worker": worker,
            "population": population,
            "key": keys[0],
            "shared_key": keys[1],
        }
        answer = self.ask(given)
        if answer is None:
            if not self.rule.may_be_silent:
                raise TypeError("it answered with nothing: an attack that may be silent is made with may_be_silent=True")
            return None
        if vote.dtype == np.float32:
            return numbers(answer, len(vote), "its vote").astype(np.float32)
        return signs(answer, len(vote), "its vote")

    def dump(self):
        """What the rule remembers, as bytes that nothing but data can be read from."""
        if self.instance is None:
            return b""
        state = self.instance.__reduce_ex__(2)
        data = pickle.dumps(state[2] if len(state) > 2 else None, protocol=4)
        # What could not be read back is not written.
        Data(io.BytesIO(data)).load()
        return data

    def load(self, data):
        """Makes the rule remember what was written."""
        if self.instance is None:
            return
        state = Data(io.BytesIO(data)).load()
        if hasattr(self.instance, "__setstate__"):
            self.instance.__setstate__(state)
            return
        attributes, slots = state if isinstance(state, tuple) else (state, None)
        for name, value in {**(attributes or {}), **(slots or {})}.items():
            setattr(self.instance, name, value)


def class_text(kind):
    """The text of a class and of those that it is made of, also where only a notebook knows them."""
    return "\n".join(one_class_text(part) for part in kind.__mro__ if part.__module__ != "builtins")


def one_class_text(kind):
    codes = [member.__code__ for member in vars(kind).values() if inspect.isfunction(member)]
    for code in codes:
        text = "".join(linecache.getlines(code.co_filename))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
                if node.lineno <= code.co_firstlineno <= node.end_lineno:
                    return ast.get_source_segment(text, node)
    return inspect.getsource(kind)


def numbers(answer, coordinates, what):
    """The answer as an array of D finite numbers."""
    array = np.asarray(answer)
    if array.dtype.kind not in "iuf":
        hint = ": np.where(answer, 1, -1) makes signs of it" if array.dtype.kind == "b" else ""
        raise TypeError(f"{what} is an array of {array.dtype}, not of numbers{hint}")
    if array.shape != (coordinates,):
        raise ValueError(f"{what} has the shape {array.shape}, not ({coordinates},)")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"{what} is not finite everywhere")
    return np.ascontiguousarray(array)


def signs(answer, coordinates, what):
    """The signs of the answer, int8."""
    return np.sign(numbers(answer, coordinates, what)).astype(np.int8)


# All that may stand in a checkpoint beside numbers, texts, lists and dictionaries: a folder of results may come from
# anybody, and reading it must not do what it says.
HARMLESS = {
    "builtins": {"bytearray", "complex", "frozenset", "range", "set", "slice"},
    "collections": {"Counter", "OrderedDict", "deque"},
    "datetime": {"timedelta"},
    "fractions": {"Fraction"},
    "numpy": {"dtype", "ndarray"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy.core.numeric": {"_frombuffer"},
    "numpy._core.numeric": {"_frombuffer"},
    "numpy.random._pickle": {"__bit_generator_ctor", "__generator_ctor"},
    "numpy.random._pcg64": {"PCG64", "PCG64DXSM"},
    "numpy.random._philox": {"Philox"},
    "numpy.random._mt19937": {"MT19937"},
    "numpy.random._sfc64": {"SFC64"},
    "numpy.random.bit_generator": {"SeedSequence", "__pyx_unpickle_SeedSequence"},
    "_codecs": {"encode"},
}


class Data(pickle.Unpickler):
    """Reads data, and refuses everything that could do something."""

    def find_class(self, module, name):
        if name not in HARMLESS.get(module, ()):
            raise pickle.UnpicklingError(
                f"it keeps a {module}.{name}: only numbers, texts, lists, dictionaries, arrays and generators of NumPy are"
            )
        return super().find_class(module, name)


def described(error):
    """An exception in words, with the line of the rule that raised it."""
    words = "".join(traceback.format_exception_only(type(error), error)).strip()
    here = os.path.dirname(os.path.abspath(__file__))
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if os.path.dirname(os.path.abspath(frame.filename)) != here]
    if not own:
        return words
    place = own[-1]
    # A cell of a notebook has a long name that says nothing.
    file = "a cell" if place.filename.startswith("<ipython") or "ipykernel" in place.filename else os.path.basename(place.filename)
    return f"{words} ({file}, line {place.lineno}, in {place.name})"
