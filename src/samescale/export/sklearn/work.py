"""scikit-learn: an estimator in skops' file, with `predict` and `predict_proba`, without pickle."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

import skops.io

from samescale.export import _rows
from samescale.export.base import Written
from samescale.sklearn import BundleModel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from samescale.export._original import Original
    from samescale.ir.types import Array

TRUSTED: Final = f"{BundleModel.__module__}.{BundleModel.__qualname__}"


def check(source: Original, out: Path) -> None:
    """See that the model can be asked here."""
    del out
    _ = source.kind


def write(source: Original, place: Path, *, fold: bool) -> Written:
    """Write the estimator."""
    del fold
    skops.io.dump(BundleModel(source.data), place)
    inputs = _rows.inputs(source)
    return Written(inputs, _rows.outputs(source), (_LOADING, *_rows.notes(source)))


def ask(source: Original, place: Path, written: Written) -> Mapping[str, Array]:
    """What the estimator gives, loaded by skops."""
    estimator = skops.io.load(place, trusted=[TRUSTED])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the guard's: probe rows reach beyond training
        found = {"class": estimator.predict, "number": estimator.predict}
        if source.fitted.classes is not None:
            found["probabilities"] = estimator.predict_proba
        return {x.name: found.get(x.of, estimator.predict)(source.asked) for x in written.outputs}


_LOADING: Final = f'Load it with skops.io.load(path, trusted=["{TRUSTED}"]).'
