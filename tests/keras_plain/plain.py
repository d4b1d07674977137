"""What a Keras user without samescale does: load the file, predict, look at the features.

Run as `plain.py FOLDER`: for every `*.keras` in FOLDER, predicts `rows.npz` and writes
`NAME.BACKEND.npz`. It can't import samescale, and sees to that.
"""

from __future__ import annotations

import importlib.abc
import sys
import warnings
from pathlib import Path

import keras
import numpy as np


class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, *_):
        if name.partition(".")[0] == "samescale":
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)


def predict(path: Path, rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    model = keras.saving.load_model(path, safe_mode=True)
    names = [tensor.name for tensor in model.inputs]
    given = {name: rows[name] for name in names}
    inner = keras.Model(model.inputs, model.get_layer("samescale_features").output)
    features = inner.predict_on_batch([given[name] for name in names])
    return {
        "features": np.asarray(features),
        "predict": model.predict(given, batch_size=64, verbose=0),
        "one": np.asarray(model.predict_on_batch({k: x[:1] for k, x in given.items()})),
    }


def main(folder: Path) -> None:
    with np.load(folder / "rows.npz") as stored:
        rows = dict(stored)
    for path in sorted(folder.glob("*.keras")):
        found = predict(path, rows)
        np.savez(folder / f"{path.stem}.{keras.backend.backend()}.npz", **found)
    assert "samescale" not in sys.modules


if __name__ == "__main__":
    warnings.simplefilter("error")
    # Keras 3.15 with NumPy 2.4; TensorFlow 2.21 of its own parts.
    warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="tensorflow|google|jax")
    sys.meta_path.insert(0, Absent())
    main(Path(sys.argv[1]))
