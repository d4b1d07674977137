"""Every mistake and every benign change, with the labels that are right."""

from __future__ import annotations

from typing import Final, NamedTuple

from benchmarks.mistakes.faults import column, drift, order, picture, whole
from benchmarks.mistakes.faults.sent import Arrived, Fault, Sent

__all__ = [
    "BENIGN_IMAGES",
    "BENIGN_TABLES",
    "IMAGES",
    "MOVING",
    "NORMALISED",
    "ONE_ROW",
    "TABLES",
    "Arrived",
    "Kind",
    "Sent",
]


class Kind(NamedTuple):
    """A mistake: how it is made, its label, and the labels that count as naming it."""

    make: Fault
    label: str
    accept: frozenset[str]


def _kind(make: Fault, label: str, *also: str) -> Kind:
    return Kind(make, label, frozenset({label, *also}))


TABLES: Final = {
    "double_norm": _kind(whole.double_norm, "double_norm"),
    "double_minmax": _kind(whole.double_minmax, "double_minmax", "double_norm"),
    "raw_input": _kind(whole.raw_input, "raw_input"),
    "batch_standardised": _kind(whole.batch_standardised, "batch_standardised"),
    "batch_minmax": _kind(whole.batch_minmax, "batch_minmax"),
    "permuted_swap": _kind(order.permuted_swap, "columns_permuted"),
    "permuted_shift": _kind(order.permuted_shift, "columns_permuted"),
    "permuted_full": _kind(order.permuted_full, "columns_permuted"),
    "unit_1000": _kind(column.unit_1000, "unit"),
    "unit_linear": _kind(column.unit_linear, "unit"),
    "unit_temp": _kind(column.unit_temp, "unit"),
    "log_one": _kind(column.log_one, "log_applied"),
    "log_all": _kind(whole.log_all, "log_applied"),
    "sentinel_999": _kind(column.sentinel_999, "sentinel"),
    "sentinel_0": _kind(column.sentinel_0, "sentinel"),
    "stuck_value": _kind(column.stuck_value, "stuck"),
    "stuck_zero": _kind(column.stuck_zero, "stuck", "sentinel"),
}
NORMALISED: Final = (
    "double_norm",
    "double_minmax",
    "raw_input",
    "batch_standardised",
    "batch_minmax",
    "permuted_swap",
    "permuted_full",
    "unit_1000",
    "stuck_value",
)
"""The mistakes that are made where the model expects standardised columns."""

ONE_ROW: Final = frozenset({"batch_standardised", "batch_minmax"})
"""On a batch of one row both give zeros: either name is right."""

IMAGES: Final = {
    "img_0_255": _kind(picture.img_0_255, "range_0_255"),
    "img_0_1": _kind(picture.img_0_1, "range_0_1"),
    "img_pm1": _kind(picture.img_pm1, "range_pm1"),
    "img_tiny": _kind(picture.img_tiny, "range_tiny"),
    "img_double_norm": _kind(picture.img_double_norm, "double_norm"),
    "img_batch": _kind(picture.img_batch, "batch_standardised"),
    "img_per_image": _kind(picture.img_per_image, "per_image_standardised"),
    "img_bgr": _kind(picture.img_bgr, "rgb_bgr"),
    "img_channel_order": _kind(picture.img_channel_order, "channel_order"),
    "img_stuck": _kind(picture.img_stuck, "stuck"),
}

_FAIR = frozenset({"ok", "drift"})
BENIGN_TABLES: Final = {
    "clean": frozenset({"ok"}),
    "clean_burst": _FAIR,
    "clean_dup": _FAIR | {"stuck"},
    "clean_extreme": _FAIR,
    "drift_shift": _FAIR,
    "drift_scale": _FAIR,
    "drift_select": _FAIR,
    "drift_mix": _FAIR,
}
BENIGN_IMAGES: Final = {
    "clean": frozenset({"ok"}),
    "clean_burst": _FAIR,
    "clean_extreme": _FAIR,
    "drift_dark": _FAIR,
    "drift_bright": _FAIR,
    "drift_noise": _FAIR,
    "drift_tint": _FAIR,
}
"""What is no mistake, with the answers that are right; another name is a false one."""

MOVING: Final = {
    "drift_shift": drift.drift_shift,
    "drift_scale": drift.drift_scale,
    "drift_dark": drift.img_drift_dark,
    "drift_bright": drift.img_drift_bright,
    "drift_noise": drift.img_drift_noise,
    "drift_tint": drift.img_drift_tint,
}
"""The drifts that change values; the others only choose rows."""
