"""Keras' own tests of the preprocessing layers, from the installed wheel, on our layers.

What Keras' classes pass, ours pass, but for what `exceptions.json` lists: tests that hold a silent
failure fast, each with the reason. A listed test that passes is to be taken off the list.
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
LEAST = {"jax": 240, "tensorflow": 260}


def run(folder, backend):
    """Run the suite in a process of its own: outcomes by test, and how often ours were called."""
    keras = pathlib.Path(importlib.util.find_spec("keras").origin).parent
    tests = [keras / "src/layers/preprocessing" / f"{name}_test.py" for name in FILES]
    result = folder / "result.json"
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "tests.keras_suite.plugin",
            "-p", "no:cacheprovider", "-c", str(folder / "pytest.ini"),
            "--rootdir", str(keras.parent),
            *map(str, tests),
        ],
        env={
            **os.environ,
            "KERAS_BACKEND": backend,
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "SUITE_CLASSES": ",".join(CLASSES),
            "SUITE_RESULT": str(result),
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert result.exists(), done.stdout[-3000:] + done.stderr[-3000:]
    return json.loads(result.read_text(encoding="utf-8")), done.stdout


@pytest.mark.parametrize("backend", ["jax", "tensorflow"])
def test_what_keras_passes_ours_pass(backend, tmp_path):
    found, text = run(tmp_path, backend)
    failed = {name for name, outcome in found["outcomes"].items() if outcome == "failed"}
    assert failed <= set(EXCEPTIONS), f"{sorted(failed - set(EXCEPTIONS))}\n{text[-6000:]}"
    passed = [name for name, outcome in found["outcomes"].items() if outcome == "passed"]
    assert len(passed) >= LEAST[backend]
    assert set(found["called"]) == set(CLASSES), "a class was never used"
    (tmp_path.parent / f"failed-{backend}").write_text("\n".join(sorted(failed)), encoding="utf-8")
    if backend == "tensorflow":
        # jax ran before: an exception that nothing needs any more is to be taken off the list.
        before = tmp_path.parent / "failed-jax"
        everywhere = failed | set(before.read_text().split("\n") if before.exists() else EXCEPTIONS)
        assert set(EXCEPTIONS) <= everywhere
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
