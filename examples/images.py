"""Images: pixels in as they are, class names out, with a small network of your own.

The images are the 1,797 handwritten digits that come with scikit-learn: 8 × 8 pixels of 0 to 16.

Run it with `python examples/images.py` where samescale[quickstart] is installed. It writes to
out/images/.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("KERAS_BACKEND", "jax")  # before Keras is imported, which reads it once

import keras
import numpy as np
from sklearn.datasets import load_digits

import samescale as ss
from samescale.errors import SchemaError

if TYPE_CHECKING:
    from samescale.fitted import Fitted

OUT = Path("out") / "images"
BUNDLE = OUT / "digits.samescale"
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
Table = dict[str, np.ndarray]


def main() -> None:
    """Adapt, train, bundle, load, predict; then one mistake."""
    OUT.mkdir(parents=True, exist_ok=True)
    training, test = tables()
    fitted = adapt(training)
    network = cnn()
    ss.Bundle(fitted, train(fitted, network, training)).save(BUNDLE)
    predictor = ss.load(BUNDLE)
    predict(predictor, test)
    pixels_divided_before(predictor, network, test)
    print(
        "\nThree commands to go on with:\n"
        f"  samescale inspect {BUNDLE}\n"
        f"  samescale verify {BUNDLE}\n"
        f"  samescale serve {BUNDLE}"
    )


def tables() -> tuple[Table, Table]:
    """Raw pixels and class names: the first 1,500 images to learn from, the others to test."""
    digits = load_digits()
    pixels = digits.images.astype("uint8")[..., np.newaxis]
    names = np.array([NAMES[label] for label in digits.target], dtype=object)
    print(
        f"{len(pixels)} images of {pixels.shape[1]} × {pixels.shape[2]} pixels, 0 to 16, as bytes."
    )
    return (
        {"image": pixels[:1500], "digit": names[:1500]},
        {"image": pixels[1500:], "digit": names[1500:]},
    )


def adapt(training: Table) -> Fitted:
    """Rescaling learns nothing but belongs to the model all the same; the classes are learned."""
    spec = ss.Spec(
        {"image": ss.Rescaling(1 / 16)},
        target=ss.Target("digit", ss.StringLookup()),
    )
    fitted = spec.adapt(training)
    print(
        f"The spec: divide pixels by 16. The classes: {', '.join(map(str, fitted.classes or ()))}."
    )
    return fitted


def cnn() -> keras.Model:
    """A network for features: it knows nothing of preprocessing."""
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(len(NAMES), activation="softmax"),
        ]
    )


def train(fitted: Fitted, network: keras.Model, training: Table) -> keras.Model:
    """`to_keras` puts the preprocessing in front of the network; the rest is plain Keras."""
    model = fitted.to_keras(network)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(fitted.raw_dataset(training, batch_size=64), epochs=20, verbose=0).history
    print(f"\nTrained on raw pixels, 20 epochs: {history['accuracy'][-1]:.1%} of them are right.")
    return model


def predict(predictor: ss.Predictor, test: Table) -> None:
    """Raw pixels in, names out."""
    answers = predictor.predict({"image": test["image"]})
    accuracy = (answers == test["digit"]).mean()
    print(f"Loaded from {BUNDLE}: {accuracy:.1%} of {len(answers)} other images are right.")
    print(f"The first five: {', '.join(answers[:5])}. In truth: {', '.join(test['digit'][:5])}.")


def pixels_divided_before(predictor: ss.Predictor, network: keras.Model, test: Table) -> None:
    """A caller divides by 16, as the training did, and so it is done twice."""
    print("\nA mistake: a caller divides the pixels by 16 before he sends them.")
    divided = test["image"] / 16
    twice = predictor.fitted.inverse(network.predict(divided / 16, verbose=0))
    accuracy = (twice == test["digit"]).mean()
    print(f"A model that divides them again is right in {accuracy:.1%}, and says nothing.")
    try:
        predictor.predict({"image": divided})
    except SchemaError as error:
        print("This one refuses:")
        for finding in error.findings:
            print(f"  {finding}")


if __name__ == "__main__":
    main()
