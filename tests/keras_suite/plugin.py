"""A pytest plugin: Keras' own tests see our classes where Keras' stand.

Loaded with `-p tests.keras_suite.plugin` in a process of its own. Every name in Keras' modules that
is one of Keras' classes is bound to ours before the tests are imported.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import json
import os
import pathlib
import sys

import pytest

COUNTS: dict[str, int] = {}
OUTCOMES: dict[str, str] = {}


def swap(name: str) -> None:
    """Bind ours wherever Keras' modules have theirs."""
    keras = importlib.import_module("keras")
    ours = getattr(importlib.import_module("samescale.keras"), name)
    theirs = getattr(keras.layers, name)
    for module in [m for n, m in sys.modules.items() if m and n.partition(".")[0] == "keras"]:
        for key, value in list(vars(module).items()):
            if value is theirs:
                setattr(module, key, ours)
    call = ours.__call__

    @functools.wraps(call)
    def counted(self, *args, **kwargs):
        COUNTS[name] = COUNTS.get(name, 0) + 1
        return call(self, *args, **kwargs)

    ours.__call__ = counted


def pytest_configure(config):
    for mark in ("requires_trainable_backend", "multi_device"):
        config.addinivalue_line("markers", mark)
    if importlib.util.find_spec("torch"):
        importlib.import_module("torch")  # before TensorFlow, or they crash
    importlib.import_module("samescale.keras")
    importlib.import_module("keras.src.layers.preprocessing.feature_space")
    for name in filter(None, os.environ["SUITE_CLASSES"].split(",")):
        swap(name)


def pytest_collection_modifyitems(items):
    for item in items:
        if "multi_device" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="needs several devices"))


def pytest_runtest_logreport(report):
    name = report.nodeid.replace("\\", "/").rpartition("/")[2]
    told = report.when == "call" or report.outcome != "passed"
    if told and OUTCOMES.get(name) != "failed":
        OUTCOMES[name] = "xfailed" if hasattr(report, "wasxfail") else report.outcome


def pytest_collectreport(report):
    if report.failed:
        OUTCOMES[report.nodeid] = "failed"


def pytest_sessionfinish():
    text = json.dumps({"outcomes": OUTCOMES, "called": COUNTS})
    pathlib.Path(os.environ["SUITE_RESULT"]).write_text(text, encoding="utf-8")
