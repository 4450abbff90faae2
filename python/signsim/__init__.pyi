"""What the package offers, with types. M workers, L of them corrupted; D coordinates."""

import os
import pathlib
from typing import Any, Callable, Iterable, Mapping, Optional, Sequence, TypeVar, Union, overload

import numpy as np
import numpy.typing as npt

__version__: str
VERSION: str
BUILD: str

Scenario = Union[str, "os.PathLike[str]", Mapping[str, Any]]
Votes = npt.NDArray[np.int8]
# A frame of pandas or polars, whichever is there; else a dictionary of arrays.
Frame = Any
Rule = TypeVar("Rule", bound=Callable[..., Any])

class SignsimError(Exception):
    message: str
    help: Optional[str]

class ScenarioError(SignsimError, ValueError):
    file: Optional[str]
    line: Optional[int]
    column: Optional[int]

class RunError(SignsimError):
    failures: Sequence[tuple[str, str, Optional[str]]]
    results: Optional[Results]

class Figure:
    kind: str
    @property
    def svg(self) -> str: ...
    @property
    def data(self) -> Frame: ...
    def save(self, path: Union[str, "os.PathLike[str]"]) -> None: ...
    def _repr_svg_(self) -> str: ...

class Results:
    folder: pathlib.Path
    manifest: dict[str, Any]
    remarks: list[str]
    elsewhere: list[str]
    def __init__(self, folder: Union[str, "os.PathLike[str]"]) -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def summary(self) -> Frame: ...
    @property
    def rounds(self) -> Frame: ...
    @property
    def workers(self) -> Frame: ...
    @property
    def layers(self) -> Frame: ...
    @property
    def labels(self) -> Frame: ...
    @property
    def timeline(self) -> Frame: ...
    def table(self, name: str) -> Frame: ...
    def figure(self, kind: str, **options: Any) -> Figure: ...

class Check:
    text: str
    resolved: str
    remarks: list[str]
    runs: list[tuple[dict[str, str], int]]

def run(
    scenario: Scenario,
    *,
    set: Optional[Mapping[str, Any]] = None,
    out: Optional[Union[str, "os.PathLike[str]"]] = None,
    threads: Optional[int] = None,
    seed: Optional[int] = None,
    progress: Union[bool, Callable[[float, int, int, list[str]], Any]] = True,
    force: bool = False,
    fresh: bool = False,
    wait: bool = True,
    retry_failed: bool = False,
    save_model: bool = False,
    checkpoint_every: Optional[float] = 300.0,
) -> Results: ...
def check(
    scenario: Scenario,
    *,
    set: Optional[Mapping[str, Any]] = None,
    seed: Optional[int] = None,
    threads: Optional[int] = None,
) -> Check: ...
@overload
def theory(
    workers: int,
    adversaries: int,
    crossover: float,
    *,
    flip: float = 1.0,
    max_llr: Optional[float] = None,
    trusted: Optional[float] = None,
    coordinates: Optional[int] = None,
    rounds: Optional[int] = None,
    smoothness: Optional[float] = None,
    gap: Optional[float] = None,
) -> dict[str, Optional[float]]: ...
@overload
def theory(
    workers: int,
    adversaries: Union[int, Iterable[int]],
    crossover: Union[float, Iterable[float]],
    *,
    flip: float = 1.0,
    max_llr: Optional[float] = None,
    trusted: Optional[float] = None,
    coordinates: Optional[int] = None,
    rounds: Optional[int] = None,
    smoothness: Optional[float] = None,
    gap: Optional[float] = None,
) -> Frame: ...
def decode(
    votes: Votes,
    aggregator: Union[str, Mapping[str, Any]] = "federated_defense",
    *,
    voted: Optional[npt.ArrayLike] = None,
    layers: Optional[Sequence[int]] = None,
    seed: int = 1,
    weights: bool = False,
) -> Any: ...
@overload
def aggregator(rule: Rule) -> Rule: ...
@overload
def aggregator(*, name: Optional[str] = None, source: Optional[str] = None) -> Callable[[Rule], Rule]: ...
@overload
def attack(rule: Rule) -> Rule: ...
@overload
def attack(
    *, name: Optional[str] = None, source: Optional[str] = None, may_be_silent: bool = False
) -> Callable[[Rule], Rule]: ...
