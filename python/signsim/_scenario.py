"""Scenarios as Python has them: a path, a text, a dictionary."""

import json
import os


def question(scenario, set=None, seed=None, threads=None):
    """What the library is asked: file, text, sets, seed, threads."""
    if isinstance(scenario, dict):
        file, text = "<dict>", json.dumps(plain(scenario), indent=1)
    elif isinstance(scenario, os.PathLike):
        file, text = os.fspath(scenario), None
    elif isinstance(scenario, str):
        # A scenario has several settings, each on a line or in braces; a path has neither.
        is_text = "\n" in scenario or scenario.lstrip().startswith("{")
        file, text = ("<text>", scenario) if is_text else (scenario, None)
    else:
        raise TypeError(f"a scenario is a path, a text or a dictionary, not {type(scenario).__name__}")
    if threads is not None and not 1 <= threads <= 1024:
        raise ValueError(f"threads={threads}: write a number from 1 to 1024")
    sets = [f"{path}={written(value)}" for path, value in (set or {}).items()]
    return {"file": file, "text": text, "sets": sets, "seed": seed, "threads": threads}


def plain(value):
    """The value with the numbers and arrays of NumPy as Python's own."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value


def written(value):
    """A value as a scenario writes it: texts as they are, everything else as JSON, which is YAML."""
    value = plain(value)
    return value if isinstance(value, str) else json.dumps(value)
