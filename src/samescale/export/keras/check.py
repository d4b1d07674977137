"""What a Keras user without samescale does: load the file and predict.

Run as `check.py MODEL FOLDER` in a process of its own, and never imported: it reads the inputs in
FOLDER as `samescale.export._alone` writes them, which it can't import, and writes what came out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import keras
import numpy as np


def main(model: str, folder: Path) -> None:
    """Load, predict, write."""
    made = keras.saving.load_model(model, safe_mode=True, compile=False)
    told = json.loads((folder / "given.json").read_text(encoding="utf-8"))
    with np.load(folder / "given.npz", allow_pickle=False) as stored:
        given = {one["name"]: stored[f"a{place}"] for place, one in enumerate(told)}
    found = np.asarray(made.predict(given, verbose=0))
    np.savez(folder / "found.npz", a0=found)
    (folder / "found.json").write_text(json.dumps([{"name": "output", "texts": None}]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
