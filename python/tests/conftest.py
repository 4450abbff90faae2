"""What the tests share: a small scenario, and a folder of their own."""

import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

CHANNEL = {
    "name": "small",
    "rounds": 20,
    "workers": {"count": 7},
    "task": {"channel": {"coordinates": 200, "crossover": 0.2}},
    "method": "signsgd_mv",
    "adversaries": {"count": 2, "attack": "sign_inversion"},
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Results land in a folder that is gone afterwards."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def channel():
    return {**CHANNEL}
