"""The schema finds what a scenario cannot say, and nothing else; judged by a validator that is not ours."""

import copy
import json
import subprocess
import sys

import pytest
from conftest import ROOT

jsonschema = pytest.importorskip("jsonschema")
ruamel = pytest.importorskip("ruamel.yaml")

SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))

# Mappings whose keys are the user's.
FREE = {"classes", "where", "names", "colours", "over", "settings"}

# Mappings that only `signsim check` looks into: the type reads a line across a figure in several ways.
OPEN = {"reference"}


@pytest.fixture(scope="module")
def validator():
    schema = subprocess.run([sys.executable, "-m", "signsim", "schema"], capture_output=True, text=True, check=True).stdout
    assert schema == (ROOT / "scenarios" / "schema.json").read_text()
    schema = json.loads(schema)
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def read(path):
    # YAML 1.2, as editors read it.
    return json.loads(json.dumps(ruamel.YAML(typ="safe", pure=True).load(path.read_text())))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_shipped_scenarios_are_valid(path, validator):
    assert [(list(error.absolute_path), error.message) for error in validator.iter_errors(read(path))] == []


def slips(tree, place=()):
    """Every key of a tree, by its place."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield (*place, key)
            if key not in FREE | OPEN and place != ("sweep",):
                yield from slips(value, (*place, key))
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from slips(value, (*place, number))


def test_every_slip_of_a_key_is_found(validator):
    found = 0
    for path in SCENARIOS:
        scenario = read(path)
        for place in slips(scenario):
            wrong = copy.deepcopy(scenario)
            parent = wrong
            for key in place[:-1]:
                parent = parent[key]
            if place[0] == "sweep" and len(place) == 2:
                slip = "x" + place[-1]
            else:
                slip = place[-1] + "x"
            parent[slip] = parent.pop(place[-1])
            assert not validator.is_valid(wrong), f"{path.name}: {'.'.join(map(str, place))}"
            found += 1
    assert found > 300


@pytest.mark.parametrize(
    "setting, value",
    [
        ("rounds", "many"),
        ("method", "signsgd_fdd"),
        ("adversaries", {"count": 3, "attack": "sign_invertion"}),
        ("server", {"close": {"quorun": 12}}),
        ("workers", {"count": 15, "batch": {}}),
        ("figures", ["acuracy_vs_rounds"]),
        ("task", {"channel": {"coordinates": 10.5, "crossover": 0.2}}),
    ],
)
def test_wrong_values_are_found(setting, value, validator):
    scenario = {"name": "t", "rounds": 3, "workers": {"count": 15}, "method": "signsgd_fd"}
    scenario["task"] = {"channel": {"coordinates": 10, "crossover": 0.2}}
    assert validator.is_valid(scenario)
    assert not validator.is_valid({**scenario, setting: value})
