"""signsim: distributed learning with one-bit gradient signs under Byzantine workers, simulated.

>>> import signsim
>>> results = signsim.run("scenarios/quickstart.yaml")           # doctest: +SKIP
>>> results.summary                                              # doctest: +SKIP
>>> results.figure("accuracy_vs_adversaries")                    # doctest: +SKIP

A rule of your own is a function of arrays, and from then on a word of scenarios:

>>> @signsim.aggregator
... def plain_majority(votes):
...     return votes.sum(axis=0)

M is the number of workers, the first L of which are corrupted; D is the number of coordinates.
"""

from ._answers import Check, check, theory
from ._decode import decode
from ._errors import RunError, ScenarioError, SignsimError
from ._results import Figure, Results
from ._rules import aggregator, attack
from ._run import run
from ._signsim import BUILD, VERSION

__version__ = VERSION

__all__ = [
    "BUILD",
    "Check",
    "Figure",
    "Results",
    "RunError",
    "ScenarioError",
    "SignsimError",
    "VERSION",
    "aggregator",
    "attack",
    "check",
    "decode",
    "run",
    "theory",
]
