"""Kernels in C, and what opens them."""

from samescale.native.loader import available as available
from samescale.native.loader import describe as describe
from samescale.native.loader import library as library

__all__ = ["available", "describe", "library"]
