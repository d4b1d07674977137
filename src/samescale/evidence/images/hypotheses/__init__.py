"""The hypotheses about images, one mistake a file, found by walking this folder."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil

from samescale.evidence.images.base import Hypothesis


@functools.cache
def hypotheses() -> tuple[Hypothesis, ...]:
    """One of each, in the order in which they are asked.

    >>> [one.mistake for one in hypotheses()][:2]
    ['batch-standardised', 'image-standardised']
    """
    modules = (
        importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)
    )
    found = {
        item
        for module in modules
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Hypothesis) and not inspect.isabstract(item)
    }
    return tuple(sorted((kind() for kind in found), key=lambda one: (one.first, one.mistake)))
