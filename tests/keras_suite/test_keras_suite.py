"""Keras' own tests of the preprocessing layers, from the installed wheel, on our layers.

What Keras' classes pass, ours pass, but for what `exceptions.json` lists: tests that hold a silent
failure fast, each with the reason. Each test that ours fail or skip is run with Keras' own classes
too: those that they pass are to be the listed ones, no more and no fewer.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.keras, pytest.mark.slow]

for needed in ("keras", "tensorflow", "absl", "scipy", "grain"):  # what Keras' tests import
    pytest.importorskip(needed)

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
EXCEPTIONS = json.loads((HERE / "exceptions.json").read_text(encoding="utf-8"))
CLASSES = [
    "CategoryEncoding",
    "Discretization",
    "HashedCrossing",
    "Hashing",
    "IntegerLookup",
    "Normalization",
    "Rescaling",
    "StringLookup",
    "TextVectorization",
]
FILES = [
    "category_encoding",
    "discretization",
    "feature_space",
    "hashed_crossing",
    "hashing",
    "integer_lookup",
    "normalization",
    "rescaling",
    "string_lookup",
    "text_vectorization",
]
BACKENDS = ("jax", "tensorflow")
TESTS = pathlib.Path(importlib.util.find_spec("keras").origin).parent / "src/layers/preprocessing"


def begin(folder, backend, classes, tests):
    """Start tests of Keras' in a process of its own, with our classes in place of `classes`."""
    folder.mkdir()
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    with (folder / "output").open("w", encoding="utf-8") as output:
        return subprocess.Popen(
            [
                sys.executable, "-m", "pytest", "-q", "--tb=short",
                "-p", "tests.keras_suite.plugin", "-p", "no:cacheprovider",
                "-c", str(folder / "pytest.ini"), "--rootdir", str(TESTS.parents[2]),
                *tests,
            ],
            env={
                **os.environ,
                "KERAS_BACKEND": backend,
                "TF_CPP_MIN_LOG_LEVEL": "3",
                "SUITE_CLASSES": ",".join(classes),
                "SUITE_RESULT": str(folder / "result.json"),
                "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
            },
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
        )  # fmt: skip


def run(folder, classes, tests):
    """The outcome of each test by backend, and how often our classes were called; both at once."""
    started = {name: begin(folder / name, name, classes, tests[name]) for name in BACKENDS}
    found = {}
    for name, process in started.items():
        process.wait()
        result, output = (folder / name / file for file in ("result.json", "output"))
        assert result.exists(), output.read_text(encoding="utf-8")[-6000:]
        found[name] = json.loads(result.read_text(encoding="utf-8"))
    return found


def test_what_keras_passes_ours_pass(tmp_path):
    (tmp_path / "ours").mkdir()
    files = [str(TESTS / f"{name}_test.py") for name in FILES]
    ours = run(tmp_path / "ours", CLASSES, dict.fromkeys(BACKENDS, files))
    rest = {
        backend: sorted(test for test, outcome in found["outcomes"].items() if outcome != "passed")
        for backend, found in ours.items()
    }
    # What ours don't pass, Keras' own classes are asked for.
    (tmp_path / "theirs").mkdir()
    asked = {backend: [str(TESTS / test) for test in tests] for backend, tests in rest.items()}
    theirs = run(tmp_path / "theirs", (), asked)
    for backend in BACKENDS:
        outcomes = theirs[backend]["outcomes"]
        assert set(outcomes) == set(rest[backend])
        lost = {test for test, outcome in outcomes.items() if outcome == "passed"}
        text = (tmp_path / "ours" / backend / "output").read_text(encoding="utf-8")
        # A listed test that passes is to be taken off the list.
        assert lost == set(EXCEPTIONS), f"{backend}: {sorted(lost)}\n{text[-6000:]}"
        assert set(ours[backend]["called"]) == set(CLASSES), "a class was never used"
        passed = {test for test, how in ours[backend]["outcomes"].items() if how == "passed"}
        assert {test.partition("_test.py")[0] for test in passed} == set(FILES)
    assert all(len(reason) > 40 for reason in EXCEPTIONS.values())


@pytest.mark.filterwarnings("ignore")  # what Keras' own harness warns of
def test_the_layer_contract():
    """What the excepted test asks of layers that know their statistics."""
    import numpy as np
    from keras.src.testing import TestCase

    from samescale.keras import Normalization

    given = {"mean": np.array([0.5, 0.2, -0.1]), "variance": np.array([0.1, 0.2, 0.3])}
    for invert in (False, True):
        TestCase("run_layer_test").run_layer_test(
            Normalization,
            init_kwargs={"axis": -1, **given, "invert": invert},
            input_shape=(2, 3),
            expected_output_shape=(2, 3),
            expected_num_trainable_weights=0,
            expected_num_non_trainable_weights=0,
            expected_num_seed_generators=0,
            expected_num_losses=0,
            supports_masking=True,
        )
