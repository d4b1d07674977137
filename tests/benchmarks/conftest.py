"""The modules of the benchmarks, for their tests."""

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
MODULES = (
    "adapting",
    "answering",
    "bar",
    "bars",
    "batch",
    "data",
    "draw",
    "exact",
    "figures",
    "how",
    "jobs",
    "loading",
    "measure",
    "page",
    "stored",
    "turns",
)


@pytest.fixture(scope="module")
def bench():
    """The modules of the benchmarks, which import each other by their bare names."""
    before = set(sys.modules)
    sys.path.insert(0, str(FOLDER))
    try:
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in MODULES})
    finally:
        sys.path.remove(str(FOLDER))
        for name in set(sys.modules) - before:
            if str(FOLDER) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]
