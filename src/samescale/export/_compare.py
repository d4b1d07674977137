"""Whether an export answers as its bundle does: each output, each probe row."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.errors import ProbeError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.export._original import Original
    from samescale.export.base import Given, Written
    from samescale.ir.types import Array

_WIDE: Final = 1e-12  # what float64 may do on the way back to the target's units
_ULPS: Final = 4  # of float32, where an answer in the target's units is one
_COARSEST: Final = 1e-3  # of what the model learned: float32 that tells less apart is refused


def compared(source: Original, written: Written, found: Mapping[str, Array]) -> tuple[Given, ...]:
    """The outputs, each with how far it is from the bundle's own.

    Args:
        source: The bundle.
        written: What was written.
        found: What it gave for the probe rows.

    Raises:
        ProbeError: Naming row, output and both values, where one is further than it may be.
        UnsupportedError: If float32 can't tell the target's values apart, and the export has no
            more.
    """
    return tuple(_output(source, given, found[given.name]) for given in written.outputs)


def _output(source: Original, given: Given, found: Array) -> Given:
    found = np.asarray(found)
    match given.of:
        case "number":
            error = _number(source, given, found)
        case "class" | "code":
            error = _choice(source, given, found)
        case _:
            error = _plain(source, given, found)
    return dc.replace(given, error=error)


def _plain(source: Original, given: Given, found: Array) -> float:
    """Probabilities, or answers without a target: the numbers that the model gives."""
    wanted = source.answers.astype(np.float64)
    _check_shape(given, found, wanted)
    size = np.maximum(1.0, np.abs(wanted))
    _check(source, given, found, wanted, source.rtol * size)
    return _largest(found, wanted, size)


def _number(source: Original, given: Given, found: Array) -> float:
    """Numbers in the target's units, the tolerance carried there from the model's scale."""
    wanted = source.fitted.inverse(source.answers)
    _check_shape(given, found, wanted)
    unit = reach(source, 1.0)
    room = np.maximum(reach(source, source.rtol), _WIDE * np.maximum(1.0, np.abs(wanted)))
    if found.dtype == np.float32:
        grain = _ULPS * np.spacing(np.abs(wanted).astype(np.float32)).astype(np.float64)
        _check_grain(source, given, wanted, grain)
        room = room + grain
    _check(source, given, found, wanted, room)
    return _largest(found, wanted, np.where(unit > 0, unit, 1.0))


def reach(source: Original, rtol: float) -> Array:
    """How far `rtol` of what the model gave carries, in the target's units."""
    answers = source.answers.astype(np.float64)
    middle = source.fitted.inverse(answers)
    step = rtol * np.maximum(1.0, np.abs(answers))
    with np.errstate(all="ignore"):
        ends = [np.abs(source.fitted.inverse(answers + s * step) - middle) for s in (-1, 1)]
        most: Array = np.fmax(*ends)
    return np.where(np.isnan(most), 0.0, most)


def _check_grain(source: Original, given: Given, wanted: Array, grain: Array) -> None:
    """Refuse float32 where its neighbours are far apart for this target."""
    coarse = np.isfinite(wanted) & (grain > np.maximum(reach(source, _COARSEST), _WIDE))
    # A target that has levels (quantiles at their ends) reaches nowhere there: it is replayed.
    coarse &= reach(source, _COARSEST) > 0
    if not coarse.any():
        return
    value = float(wanted[np.argmax(coarse)])
    raise UnsupportedError(
        f"'{given.name}' would be float32, which can't tell values near {value:.6g} apart: its "
        f"neighbours there are {float(np.spacing(np.float32(value))):.3g} from each other.",
        remedy="Export to onnx, torch, saved_model, sklearn or mlflow, which answer in float64.",
        column=given.name,
        value=value,
    )


def _choice(source: Original, given: Given, found: Array) -> float:
    """Classes or their codes: equal, but where two probabilities are as good as equal."""
    given_ = source.answers.astype(np.float64)
    codes = given_.argmax(axis=1)
    wanted: Array = codes
    if given.of == "class":
        wanted = source.fitted.inverse(source.answers)
    _check_shape(given, found, wanted)
    differ = np.array([a != b for a, b in zip(found.tolist(), wanted.tolist(), strict=True)])
    top = np.sort(given_, axis=1)
    close = top[:, -1] - top[:, -2] <= 2 * source.rtol if given_.shape[1] > 1 else differ & False
    wrong = differ & ~close
    if wrong.any():
        raise _apart(source, given, (int(np.argmax(wrong)),), found, wanted)
    return float(differ.mean())


def _check_shape(given: Given, found: Array, wanted: Array) -> None:
    if found.shape != wanted.shape:
        raise ProbeError(
            f"The export's output '{given.name}' is of shape {list(found.shape)}, and the bundle "
            f"gives {list(wanted.shape)}.",
            remedy="Nothing was written. Tell us how the model was made.",
            column=given.name,
        )


def _check(source: Original, given: Given, found: Array, wanted: Array, room: Array) -> None:
    exact = found.astype(np.float64)
    with np.errstate(invalid="ignore"):
        near = np.abs(exact - wanted) <= room
    # float32 has infinities where float64 has numbers; such an answer is of no use either way.
    apart = ~(near | (exact == wanted) | (np.isnan(exact) & np.isnan(wanted)))
    if apart.any():
        place = tuple(int(index) for index in np.argwhere(apart)[0])
        raise _apart(source, given, place, found, wanted)


def _apart(
    source: Original, given: Given, place: tuple[int, ...], found: Array, wanted: Array
) -> ProbeError:
    row = int(source.rows[place[0]])
    a, b = (array[place[0] : place[0] + 1].tolist()[0] for array in (found, wanted))
    return ProbeError(
        f"Probe row {row}: the export's '{given.name}' is {a!r}, and the bundle's {b!r}.",
        remedy="Nothing was written. See that the bundle still answers so (samescale verify), and "
        "tell us how the model was made.",
        column=given.name,
        row=row,
        recorded=b,
        got=a,
    )


def _largest(found: Array, wanted: Array, size: Array) -> float:
    with np.errstate(invalid="ignore"):
        apart = np.abs(found.astype(np.float64) - wanted) / size
    apart = apart[np.isfinite(apart)]
    return float(apart.max(initial=0.0))
