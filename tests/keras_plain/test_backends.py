"""The exported file in plain Keras, samescale absent: saved on each backend, loaded on each."""

from __future__ import annotations

import importlib.util
import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = [pytest.mark.keras, pytest.mark.slow]

HERE = Path(__file__).parent
BACKENDS = [
    name
    for name in ("jax", "tensorflow", "torch")
    if importlib.util.find_spec("keras") and importlib.util.find_spec(name)
]
PAIRS = list(itertools.product(BACKENDS, BACKENDS))
RTOL = 2e-6


def run(backend: str, *command: str) -> None:
    # One thread: on a busy machine, torch's threads wait for each other longer than they work.
    own = {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1"}
    environment = {**os.environ, **own}
    done = subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("plain")
    for script, backend in itertools.product(("make.py", "plain.py"), BACKENDS):
        run(backend, str(HERE / script), str(made))
    return made


def near(found: np.ndarray, expected: np.ndarray) -> bool:
    return bool((np.abs(found - expected) <= RTOL * np.maximum(1, np.abs(expected))).all())


@pytest.mark.parametrize(("saved", "loaded"), PAIRS)
def test_the_features_have_the_references_bits(folder: Path, saved: str, loaded: str) -> None:
    found = np.load(folder / f"{saved}.{loaded}.npz")["features"]
    expected = np.load(folder / "features.npy")
    assert found.dtype == expected.dtype
    assert np.array_equal(found, expected)


@pytest.mark.parametrize(("saved", "loaded"), PAIRS)
def test_the_answers_are_those_of_the_bundle(folder: Path, saved: str, loaded: str) -> None:
    found = np.load(folder / f"{saved}.{loaded}.npz")
    expected = np.load(folder / f"expected.{saved}.npz")["answers"]
    assert near(found["predict"][:, 0], expected)
    assert near(found["one"][:, 0], expected[:1])


@pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "jax"])
def test_the_keras_target_and_kind_pass_on_every_backend(backend: str) -> None:
    root = HERE.parents[1]
    tests = ["tests/unit/targets/test_keras.py", "tests/unit/models/test_keras.py"]
    # Of the kind, what a backend can change: answers, batches, datasets. The rest is bytes.
    chosen = ["-k", "targets or answer or batch or fit_sees or bits or rows", "-q"]
    run(backend, "-m", "pytest", *(str(root / test) for test in tests), *chosen)
