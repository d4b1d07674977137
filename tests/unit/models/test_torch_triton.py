"""torch beside TensorFlow, whose library Triton's doesn't survive: in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

SCRIPT = """
import sys
import tensorflow
import numpy as np
import torch
import samescale as ss

x = np.arange(60.0).reshape(30, 2)
spec = ss.Spec({"a": ss.Normalization(), "b": ss.Normalization()})
fitted = spec.adapt({"a": x[:, 0], "b": x[:, 1]})
network = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
ss.Bundle(fitted, network).save(sys.argv[1])
rows = {"a": [1.0, 2.0], "b": [3.0, 4.0]}
found = [ss.load(sys.argv[1], runtime=how).predict(rows) for how in ("native", "onnx")]
assert np.allclose(*found, rtol=1e-5, atol=1e-6), found
assert "triton" not in sys.modules
print("answered")
"""


@pytest.mark.torch
@pytest.mark.onnx
@pytest.mark.slow
def test_a_process_with_tensorflow_in_it_survives_torch(tmp_path) -> None:
    if find_spec("tensorflow") is None or find_spec("torch") is None:
        pytest.skip("needs TensorFlow and torch")
    said = subprocess.run(
        [sys.executable, "-c", SCRIPT, tmp_path / "x.samescale"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout.strip().endswith("answered"), said.stderr[-2000:]
