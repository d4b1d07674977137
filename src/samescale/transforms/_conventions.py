"""What pretrained backbones expect of pixels: the table of `_conventions.json`."""

from __future__ import annotations

import dataclasses as dc
import functools
import json
from pathlib import Path
from typing import final

_FAMILIES = ("keras", "torchvision", "transformers")


@final
@dc.dataclass(frozen=True, slots=True)
class Convention:
    """`(x - mean) / deviation`, by channel.

    Attributes:
        mean: What is subtracted, for each colour or for all; `()` for nothing.
        deviation: What is divided by, likewise.
        reverse: Whether the colours come out as BGR.
        unit: Whether mean and deviation are of pixels of 0…1.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    reverse: bool
    unit: bool


@functools.cache
def conventions() -> dict[str, Convention]:
    """Each name, of a backbone, of weights or of a convention, and what it stands for."""
    text = Path(__file__).with_name("_conventions.json").read_text(encoding="utf-8")
    found: dict[str, Convention] = {}
    for row in json.loads(text)["conventions"]:
        convention = Convention(
            tuple(row["mean"]), tuple(row["deviation"]), row["reverse"], row["unit"]
        )
        found |= {name: convention for family in _FAMILIES for name in row[family]}
    return found
