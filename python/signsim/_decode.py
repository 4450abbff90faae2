"""`signsim.decode`."""

import numpy as np

from . import _signsim
from ._scenario import written


def decode(votes, aggregator="federated_defense", *, voted=None, layers=None, seed=1, weights=False):
    """Decodes the votes of any system as the server of a simulation would have. The votes are read where they lie.

    Parameters
    ----------
    votes: int8, rounds x workers x coordinates; -1, 1, or 0 for an abstention. One round may be workers x coordinates.
    aggregator: a word, a text or a dictionary, as in a scenario: {"federated_defense": {"t_in": 20}}; or a rule of your own.
    voted: bool, rounds x workers; False where a worker did not vote. All did unless given.
    layers: lengths of the layers, [1000, 10], for weights by layer; one layer unless given.
    seed: keys the coins that settle ties.
    weights: whether to give the weights, too.

    Returns
    -------
    int8, rounds x coordinates: -1, 1, or 0 where a coordinate is held. With `weights`, this and float32, rounds x workers
    x coordinates: the weights that led to it, NaN for a worker that did not vote.

    Raises
    ------
    ScenarioError: a vote that is none, or a rule that cannot work on votes alone.
    """
    if not isinstance(votes, np.ndarray) or votes.dtype != np.int8:
        kind = f"an array of {votes.dtype}" if isinstance(votes, np.ndarray) else type(votes).__name__
        remedy = "np.sign(gradients).astype(np.int8)"
        if isinstance(votes, np.ndarray) and votes.dtype == np.uint8:
            remedy += ", or of packed bits np.where(np.unpackbits(votes, axis=2)[..., :coordinates], 1, -1).astype(np.int8)"
        raise TypeError(f"votes are an array of int8, not {kind}: {remedy}")
    if votes.ndim not in (2, 3):
        raise ValueError(f"votes of shape {votes.shape}: rounds x workers x coordinates")
    one = votes.ndim == 2
    if one:
        votes = votes[np.newaxis]
    if voted is not None:
        voted = np.asarray(voted, dtype=bool)
        if one and voted.ndim == 1:
            voted = voted[np.newaxis]
        if voted.shape != votes.shape[:2]:
            raise ValueError(f"voted of shape {voted.shape}, votes of shape {votes.shape}: rounds x workers")
    lengths = None if layers is None else ",".join(str(int(length)) for length in layers)
    decisions, of_workers = _signsim.decode(votes, voted, written(aggregator), lengths, int(seed), bool(weights))
    if one:
        decisions, of_workers = decisions[0], None if of_workers is None else of_workers[0]
    return (decisions, of_workers) if weights else decisions
