"""What a TensorFlow user without samescale does: load the folder and call its signature.

Run as `check.py MODEL FOLDER` in a process of its own, and never imported: it reads the inputs in
FOLDER as `samescale.export._alone` writes them, which it can't import, and writes what came out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf


def main(model: str, folder: Path) -> None:
    """Load, call, write."""
    serve = tf.saved_model.load(model).signatures["serving_default"]
    told = json.loads((folder / "given.json").read_text(encoding="utf-8"))
    with np.load(folder / "given.npz", allow_pickle=False) as stored:
        given = {one["name"]: stored[f"a{place}"] for place, one in enumerate(told)}
    found = {name: x.numpy() for name, x in serve(**_as_tensors(given)).items()}
    texts = {name: [t.decode() for t in x] for name, x in found.items() if x.dtype == object}
    numbers = {f"a{i}": x for i, x in enumerate(found.values()) if x.dtype != object}
    np.savez(folder / "found.npz", **numbers)
    said = [{"name": name, "texts": texts.get(name)} for name in found]
    (folder / "found.json").write_text(json.dumps(said), encoding="utf-8")


def _as_tensors(given: dict[str, np.ndarray]) -> dict[str, tf.Tensor]:
    return {name: tf.constant(x) for name, x in given.items()}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
