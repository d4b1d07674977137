"""The probe rows asked again: is what comes out what came out when the bundle was made?

Features of IEEE-exact nodes must be the same bits. Exponentials, logarithms and powers are not
the same on every processor and C library, so a column that goes through one may differ as far as
such functions do; where one does, the model is asked about slightly different features, and its
answers are compared as loosely.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, final

import numpy as np

from samescale.bundle import probe
from samescale.errors import ProbeError
from samescale.ir.nodes import Exp, Expm1, Graph, Log, Log1p, Power

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.bundle.probe import Probes
    from samescale.fitted import Fitted
    from samescale.ir.types import Answers, Array
    from samescale.models.base import Runtime

_INEXACT = (Exp, Expm1, Log, Log1p, Power)
_FEATURE_RTOL: Final = 1e-5
_ANSWER_RTOL: Final = 1e-4
_ANSWER: Final = "the model's answer"


@final
@dc.dataclass(frozen=True, slots=True)
class Replayed:
    """How far today's answers are from the recorded ones.

    Attributes:
        rows: How many probe rows there are.
        feature_ulps: The largest distance of a feature, in units in the last place; 0 is bit-equal.
        answer_ulps: The same of the model's answers.
        answer_rtol: The tolerance that the answers were held to: `|a - b| <= rtol * max(1, |b|)`.
    """

    rows: int
    feature_ulps: int
    answer_ulps: int
    answer_rtol: float


def replay(probes: Probes, fitted: Fitted, runtime: Runtime, rtol: float) -> Replayed:
    """Ask the graph and the model again, and compare.

    Args:
        probes: Rows and recorded answers.
        fitted: The preprocessing.
        runtime: The model that will serve.
        rtol: How far the model kind allows answers to differ.

    Raises:
        ProbeError: Naming row, column, what was recorded and what came.
    """
    features = probe.run(fitted, probes.inputs)
    distances = [
        _compare(f"column '{name}'", name, features[name], recorded, _tolerance(fitted, name), None)
        for name, recorded in probes.features.items()
    ]
    exact = max(distances, default=0) == 0
    rtol = rtol if exact else max(rtol, _ANSWER_RTOL)
    asked = probe.take(probes.inputs, probes.asked)
    apart = _answers_apart(_answers(runtime, asked), probes, rtol)
    return Replayed(len(next(iter(probes.inputs.values()))), max(distances, default=0), apart, rtol)


def _answers_apart(got: Answers, probes: Probes, rtol: float) -> int:
    """The largest distance in ulps of an answer to any target."""
    recorded = probes.answers
    if not isinstance(recorded, dict):
        return _compare(_ANSWER, None, got, recorded, rtol, probes.asked)
    if not isinstance(got, dict) or list(got) != list(recorded):
        raise ProbeError(f"The model no longer answers for {', '.join(map(repr, recorded))}.")
    distances = [
        _compare(f"{_ANSWER} for '{name}'", None, got[name], array, rtol, probes.asked)
        for name, array in recorded.items()
    ]
    return max(distances)


def _answers(runtime: Runtime, asked: Mapping[str, Array]) -> Answers:
    try:
        return runtime.predict(asked)
    except Exception as error:
        raise ProbeError(
            f"The model can't answer the probe rows: {type(error).__name__}: {error}.",
            remedy="Load it with the versions that its manifest names, or train and save it again.",
        ) from error


def _tolerance(fitted: Fitted, name: str) -> float:
    node = dict(fitted.graph.outputs)[name]
    inexact = any(isinstance(part, _INEXACT) for part in Graph(((name, node),)).nodes)
    return _FEATURE_RTOL if inexact else 0.0


def _compare(
    what: str, column: str | None, got: Array, recorded: Array, rtol: float, rows: Array | None
) -> int:
    """The largest distance in ulps, if every entry is within `rtol`."""
    if got.shape != recorded.shape or got.dtype != recorded.dtype:
        raise ProbeError(
            f"The probe rows' {what} was {recorded.dtype}{list(recorded.shape)} and is now "
            f"{got.dtype}{list(got.shape)}.",
            column=column,
        )
    apart = ~_close(got, recorded, rtol)
    if apart.any():
        place = tuple(int(index) for index in np.argwhere(apart)[0])
        raise _difference(what, column, place, got, recorded, rows)
    return _ulps(got, recorded)


def _difference(
    what: str,
    column: str | None,
    place: tuple[int, ...],
    got: Array,
    recorded: Array,
    rows: Array | None,
) -> ProbeError:
    row = place[0] if rows is None else int(rows[place[0]])
    return ProbeError(
        f"Probe row {row}: {what} was {recorded[place]!r} when the bundle was made and is "
        f"{got[place]!r} here.",
        remedy="Load it with the versions that its manifest names, or train and save it again.",
        column=column,
        row=row,
        recorded=recorded[place].item(),
        got=got[place].item(),
    )


def _close(got: Array, recorded: Array, rtol: float) -> Array:
    same: Array = got == recorded
    if got.dtype.kind != "f":
        return same
    same = same | (np.isnan(got) & np.isnan(recorded))
    if rtol == 0.0:
        signs: Array = np.signbit(got) == np.signbit(recorded)
        return same & signs
    a, b = got.astype(np.float64), recorded.astype(np.float64)
    with np.errstate(invalid="ignore"):
        near: Array = np.abs(a - b) <= rtol * np.maximum(1.0, np.abs(b))
    return same | near


def _ulps(got: Array, recorded: Array) -> int:
    if got.dtype.kind != "f":
        return 0
    a, b = (_ordered(array[~np.isnan(recorded)]) for array in (got, recorded))
    return max((abs(int(x) - int(y)) for x, y in zip(a, b, strict=True)), default=0)


def _ordered(array: Array) -> Array:
    """Floats as integers in the same order, neighbours one apart."""
    bits = array.view(f"i{array.dtype.itemsize}").astype(np.int64)
    lowest = -(2 ** (8 * array.dtype.itemsize - 1))
    ordered: Array = np.where(bits < 0, lowest - bits, bits)
    return ordered
