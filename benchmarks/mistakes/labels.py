"""The names that a detector may answer with, what it is told, and what it has to be able to do."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, final

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"

OK: Final = "ok"
DRIFT: Final = "drift"
LABELS: Final = {
    OK: "nothing to tell",
    DRIFT: "the population moved; no mistake recognised",
    "double_norm": "standardised with training's mean and deviation before it came here",
    "double_minmax": "scaled to training's range before it came here",
    "raw_input": "raw values where standardised ones are expected",
    "batch_standardised": "standardised with its own mean and deviation",
    "batch_minmax": "scaled to its own range",
    "columns_permuted": "columns in another order",
    "unit": "a column in another unit",
    "log_applied": "a logarithm had been taken of one column or of all",
    "sentinel": "a number stands where training had nothing",
    "stuck": "a column is constant",
    "range_0_255": "pixels of 0 to 255 where 0 to 1 or -1 to 1 was expected",
    "range_0_1": "pixels of 0 to 1 where 0 to 255 or -1 to 1 was expected",
    "range_pm1": "pixels of -1 to 1 where 0 to 255 or 0 to 1 was expected",
    "range_tiny": "pixels that were divided by 255 twice",
    "per_image_standardised": "each image standardised by itself",
    "rgb_bgr": "red and blue exchanged",
    "channel_order": "channels first where they are expected last, read in the same shape",
}
MISTAKES: Final = frozenset(LABELS) - {OK, DRIFT}


@final
@dc.dataclass(frozen=True, slots=True)
class Context:
    """What a detector is told beside the training inputs.

    Attributes:
        kind: `tabular` or `image`.
        expects: What the model wants: `raw` or `normalised` columns; `uint8` (0 to 255), `unit`
            (0 to 1) or `pm1` (-1 to 1) pixels.
        columns: The names of the columns, or of the channels.
        mean: Training's mean of each column or channel, of the raw values.
        std: Training's deviation of each, 1 where it is 0.
        low: The smallest raw value of each.
        high: The largest raw value of each.
        dataset: Whose data they are.
    """

    kind: str
    expects: str
    columns: Sequence[str]
    mean: Array
    std: Array
    low: Array
    high: Array
    dataset: str = ""


@final
@dc.dataclass(frozen=True, slots=True)
class Answer:
    """What a detector says of a batch.

    Attributes:
        label: One of `LABELS`.
        columns: The columns concerned, as places; empty where the mistake has none.
        score: Any figure that grows with the evidence.
        detail: What exactly, in a few words.
    """

    label: str = OK
    columns: Sequence[int] = ()
    score: float = 0.0
    detail: str = ""


class Detector(Protocol):
    """Who is measured. It is made anew for every training set."""

    def fit(self, train: Array, context: Context) -> None:
        """Learn from float64 rows (n, d) or images (n, height, width, channels)."""

    def diagnose(self, batch: Array) -> Answer:
        """Say what is wrong with a batch; it may have one row."""


class Follower(Detector, Protocol):
    """Who follows streams too."""

    def start(self) -> None:
        """Forget what came since `fit`."""

    def update(self, batch: Array) -> Answer:
        """Take one more request, and say what is wrong by now."""
