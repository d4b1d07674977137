"""Holding inputs against the contract."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.errors import SchemaError
from samescale.findings import Finding
from samescale.keras._adapt import array_of
from samescale.keras._tables import is_table, names_of, pieces
from samescale.keras.protection.contract import TOGETHER, inputs_of, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samescale.ir.types import Array
    from samescale.keras.protection.contract import Entry
    from samescale.profile import ColumnProfile

# Enough to see a wrong unit in, and nothing beside what a prediction takes.
ROWS = 2048
_FEW = 20
_MOST = 0.8
# Values of about mean 0 and variance 1, where training had others.
_CENTRE, _LEAST, _GREATEST = 1.0, 0.3, 3.0
_FAR = 3.0


def ordered(x: Any, contract: Sequence[Entry], *, reorder: bool) -> Any:
    """`x` with frames as arrays, their columns in the order of training.

    Raises:
        SchemaError: If names are missing, unknown, or in another order against the policy.
    """
    if is_table(x) and not isinstance(x, dict):
        entry = contract[0] if contract else None
        names = names_of(x) or ()
        array = np.concatenate(list(pieces(x)))
        return array if entry is None else array[:, _places(entry, names, reorder=reorder)]
    return x


def _places(entry: Entry, names: Sequence[str], *, reorder: bool) -> list[int]:
    if entry.columns is None or tuple(names) == entry.columns:
        return list(range(len(names)))
    findings = [*_absent(entry.columns, names), *_unknown(entry.columns, names)]
    if findings:
        raise _refusal(findings)
    if not reorder:
        at = next(i for i, name in enumerate(names) if name != entry.columns[i])
        raise _refusal(
            [
                Finding(
                    "SG104",
                    f"Column {at} is '{names[at]}'; in training it was '{entry.columns[at]}'.",
                    "Give the columns in the order of training, or say "
                    "protect(model, reorder=True).",
                    column=names[at],
                )
            ]
        )
    return [list(names).index(name) for name in entry.columns]


def _absent(known: Sequence[str], names: Sequence[str]) -> list[Finding]:
    return [
        Finding(
            "SG101",
            f"The column '{name}' is missing.",
            _near(name, names) or "Send every column of training.",
            column=name,
        )
        for name in known
        if name not in names
    ]


def _unknown(known: Sequence[str], names: Sequence[str]) -> list[Finding]:
    return [
        Finding(
            "SG102",
            f"The column '{name}' wasn't in training.",
            _near(name, known) or "Leave it out.",
            column=name,
        )
        for name in names
        if name not in known
    ]


def _near(name: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, names, 1)
    return f"Is it '{near[0]}'?" if near else ""


def _refusal(findings: Sequence[Finding]) -> SchemaError:
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    return SchemaError(f"{findings[0]}{more}", findings=findings)


def structure(x: Any, contract: Sequence[Entry]) -> dict[str, Array]:
    """At most `ROWS` rows of each input of numbers, if shapes and kinds are those of training.

    Raises:
        SchemaError: If they aren't.
    """
    given = inputs_of(x)
    known = {entry.name: entry for entry in contract if entry.kind != TOGETHER}
    if {*known} == {"x"} and len(given) == 1:
        given = {"x": next(iter(given.values()))}
    missing = _absent(tuple(known), tuple(given))
    if missing:
        raise _refusal(missing)
    found = {name: _sample(given[name]) for name in known}
    for name, array in found.items():
        _check(known[name], array)
    numbers = {name: array for name, array in found.items() if known[name].kind == "number"}
    return numbers | dict(_tables(contract, numbers))


def _tables(contract: Sequence[Entry], numbers: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    """Inputs of one number each as the table that they were in training."""
    for entry in contract:
        if entry.kind == TOGETHER:
            columns = [numbers[name].reshape(-1) for name in entry.features]
            if len({*map(len, columns)}) == 1:
                yield entry.name, np.stack(columns, axis=1)


def _sample(values: Any) -> Array:
    if len(values) <= ROWS:
        return array_of(values)
    step = len(values) // ROWS
    return array_of(values[::step][:ROWS])


def _check(entry: Entry, array: Array) -> None:
    shape, kind = tuple(array.shape[1:]), kind_of(array)
    if shape != entry.shape and not _plain(shape, entry.shape):
        raise _refusal(
            [
                Finding(
                    "SG104",
                    f"The input '{entry.name}' has rows of shape {shape}; in training they had "
                    f"{entry.shape}.",
                    "Send the rows as in training.",
                    column=entry.name,
                )
            ]
        )
    if kind != entry.kind:
        raise _refusal(
            [
                Finding(
                    "SG103",
                    f"The input '{entry.name}' is of dtype {array.dtype}; in training it was a "
                    f"{entry.kind}.",
                    "Send values of the kind that the model was trained on.",
                    column=entry.name,
                )
            ]
        )


def _plain(shape: tuple[int, ...], known: tuple[int, ...]) -> bool:
    # (rows,) and (rows, 1) are one column to Keras; sequences and images may differ in size.
    if {shape, known} == {(), (1,)}:
        return True
    return len(shape) == len(known) > 1 and shape[-1] == known[-1]


def looks_scaled(entry: Entry, values: Array) -> Finding | None:
    """Whether values look as if they had been normalised, or divided, before they came."""
    profiles = entry.profile.columns if entry.profile else {}
    if len(values) < _FEW or not profiles:
        return None
    rows = values.reshape(-1, 1) if entry.pooled else values
    mean, deviation = _moments(rows)
    told = list(zip(profiles.values(), mean.tolist(), deviation.tolist(), strict=True))
    spread = [one for one in told if one[0].deviation]
    share = _share(spread, _normalised)
    if share >= _MOST:
        return _finding(entry, "mean 0 and variance 1", share)
    share = _share(spread, _shrunk)
    return _finding(entry, "a fraction of training's spread", share) if share >= _MOST else None


def _moments(rows: Array) -> tuple[Array, Array]:
    floats = np.where(np.isfinite(rows), rows, np.nan).astype(np.float64)
    with np.errstate(all="ignore"):
        count = np.maximum((~np.isnan(floats)).sum(axis=0), 1)
        mean = np.nansum(floats, axis=0) / count
        return mean, np.sqrt(np.nansum((floats - mean) ** 2, axis=0) / count)


def _share(told: Sequence[tuple[Any, ...]], test: Any) -> float:
    return sum(map(test, told)) / len(told) if told else 0.0


def _normalised(one: tuple[ColumnProfile, float, float]) -> bool:
    profile, mean, deviation = one
    now = abs(mean) <= _CENTRE and _LEAST <= deviation <= _GREATEST
    sigma = profile.deviation or 0.0
    before = abs(profile.mean or 0.0) <= _FAR and _LEAST / _FAR <= sigma <= _GREATEST * _FAR
    return now and not before


def _shrunk(one: tuple[ColumnProfile, float, float]) -> bool:
    profile, mean, deviation = one
    sigma = profile.deviation or 0.0
    # All equal rows are no scaling: they may well be training's own mean.
    return 0 < deviation < sigma / 50 and abs(mean) < sigma / 5


def _finding(entry: Entry, what: str, share: float) -> Finding:
    return Finding(
        "SG202",
        f"The input '{entry.name}' looks scaled already: {share:.0%} of its features have {what}, "
        "and had not in training.",
        "Send raw values; the model's own layers scale them.",
        severity="warning",
        column=entry.name,
        share=share,
    )


def values_findings(
    entries: Mapping[str, tuple[Entry, Any]], given: Mapping[str, Array]
) -> tuple[Finding, ...]:
    """What the guard finds in the values, what looks scaled before all.

    Raises:
        GuardError: If the policy of a rule that found something is `raise`.
    """
    found: list[Finding] = []
    for name, array in given.items():
        entry, guard = entries[name]
        if guard is None or not guard.rules:
            continue
        rows = array.reshape(len(array), *entry.shape) if not entry.pooled else array
        # Where the rows' distribution was learned, the guard weighs this among other mistakes.
        scaled = looks_scaled(entry, rows) if guard.diagnosis is None else None
        found += [scaled] if scaled else []
        found += guard.admit(entry.named(rows), len(rows))
    return tuple(found)
