"""The name under which Keras finds these layers in a saved model."""

from __future__ import annotations

from typing import Final

PACKAGE: Final = "samescale"
"""`keras.saving.register_keras_serializable(package=PACKAGE)`: a file says `samescale>NAME`.

Keras imports nothing that a file names: a program that loads such a model imports `samescale.keras`
first."""
