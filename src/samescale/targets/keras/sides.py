"""The graph cut for Keras: its rules are those of every model of 32 bits."""

from __future__ import annotations

from samescale.targets._device import Crossing, Sides
from samescale.targets._narrow import sides

__all__ = ["Crossing", "Sides", "sides"]
