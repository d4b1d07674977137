"""Networks of images from training to an answer: a single column of a higher rank."""

from __future__ import annotations

import numpy as np
import pytest

import samescale as ss

pytest.importorskip("onnxruntime")

pytestmark = [pytest.mark.onnx, pytest.mark.slow]
CLASSES = ("cat", "dog", "owl")


def table(shape: tuple[int, ...], dtype: str = "float32") -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (40, *shape)).astype(dtype)
    return {"picture": pictures, "what": rng.choice(np.array(CLASSES, object), 40)}


def fitted(table: dict[str, np.ndarray]) -> ss.Fitted:
    return ss.Spec(
        {"picture": ss.Rescaling(1 / 255)},
        target=ss.Target("what", ss.StringLookup(num_oov_indices=0)),
    ).adapt(table)


def by_both(bundle: ss.Bundle, path, table) -> list[np.ndarray]:
    """The probabilities of ONNX Runtime and of the framework, from the file."""
    bundle.save(path)
    rows = {"picture": table["picture"]}
    found = [ss.load(path, runtime=how) for how in ("auto", "native")]
    assert ["ONNX Runtime" in one.runtime.label for one in found] == [True, False]
    assert (found[0].predict(rows) == found[1].predict(rows)).all()
    return [predictor.predict_proba(rows) for predictor in found]


@pytest.mark.keras
@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_keras_with_channels_last(tmp_path, inside: bool, dtype: str) -> None:
    keras = pytest.importorskip("keras")
    rows = table((10, 8, 3), dtype)
    preprocessing = fitted(rows)
    keras.utils.set_random_seed(1)
    network = keras.Sequential(
        [
            keras.Input((10, 8, 3)),
            keras.layers.Conv2D(4, 3, activation="relu", padding="same"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(4, 3, strides=2),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    expected = network.predict_on_batch(rows["picture"].astype("float32") / np.float32(255))
    model = preprocessing.to_keras(network) if inside else network
    for found in by_both(ss.Bundle(preprocessing, model), tmp_path / "x.samescale", rows):
        assert np.allclose(found, expected, rtol=0, atol=2e-6)


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("inside", [False, True])
def test_torch_with_channels_first(tmp_path, inside: bool) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    rows = table((3, 10, 8))
    preprocessing = fitted(rows)
    torch.manual_seed(1)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(4, 3),
        torch.nn.Softmax(-1),
    ).eval()
    with torch.no_grad():
        expected = network(torch.from_numpy(rows["picture"]) / 255).numpy()
    model = preprocessing.to_torch(network) if inside else network
    for found in by_both(ss.Bundle(preprocessing, model), tmp_path / "x.samescale", rows):
        assert np.allclose(found, expected, rtol=0, atol=5e-6)
