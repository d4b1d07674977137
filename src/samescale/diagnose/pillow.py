"""Picture files, by Pillow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samescale.errors import MissingExtraError, SourceError

try:
    from PIL import Image, UnidentifiedImageError
except ImportError as error:
    raise MissingExtraError.of("pillow", "images") from error

if TYPE_CHECKING:
    from pathlib import Path

    from samescale.ir.types import Array

# Depths of 16 bits and floats are kept; palettes and transparency are what they look like.
_KEPT = frozenset({"L", "RGB", "I;16", "I", "F"})


def read(file: Path) -> Array:
    """The pixels of a picture, (height, width) of a grey one or (height, width, 3) of colours.

    Raises:
        SourceError: If it can't be read.
    """
    try:
        with Image.open(file) as image:
            image.load()
            grey = image.mode in {"1", "LA", "La"}
            kept = image if image.mode in _KEPT else image.convert("L" if grey else "RGB")
            return np.asarray(kept)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError) as error:
        raise SourceError(
            f"'{file}' can't be read as a picture: {error}.",
            remedy="Save it anew as PNG, or leave it out.",
            path=str(file),
        ) from error
