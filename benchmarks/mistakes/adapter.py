"""samescale's guard before the cases: the same evidence that a bundle's profile holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from benchmarks.mistakes.known import quiet
from benchmarks.mistakes.labels import Answer

if TYPE_CHECKING:
    from benchmarks.mistakes.labels import Array, Context

ALPHA: Final = 1e-3
SAMPLE: Final = 20_000

LABEL: Final = {
    "drift": "drift",
    "already-normalised": "double_norm",
    "already-min-max-scaled": "double_minmax",
    "not-normalised": "raw_input",
    "batch-standardised": "batch_standardised",
    "batch-min-max-scaled": "batch_minmax",
    "columns-permuted": "columns_permuted",
    "other-unit": "unit",
    "log-applied": "log_applied",
    "log-missing": "log_applied",
    "sentinel-for-missing": "sentinel",
    "stuck-column": "stuck",
    "pixels-0-255": "range_0_255",
    "pixels-0-1": "range_0_1",
    "pixels-minus-1-1": "range_pm1",
    "pixels-divided-twice": "range_tiny",
    "image-standardised": "per_image_standardised",
    "rgb-bgr": "rgb_bgr",
    "channel-order": "channel_order",
}
"""The benchmark's label of each mistake in samescale's catalogue."""


def learned(train: Array, context: Context) -> Any:
    """The reference of rows, or of images, as `adapt` learns it of them.

    It is told no more than the context says: what a scaler outside has used, where the training
    arrived normalised.
    """
    rows = len(train)
    if context.kind == "image":
        from samescale.evidence.images import Pictures

        return Pictures.learn(train, rows=rows)
    from samescale.evidence.reference import Reference

    sample = train[np.random.default_rng(0).permutation(rows)[:SAMPLE]]
    with quiet():
        extent = {"low": np.nanmin(train, 0), "high": np.nanmax(train, 0)}
        moments = {"mean": np.nanmean(train, 0), "deviation": np.nanstd(train, 0)}
    scaled = (context.mean, context.std) if context.expects == "normalised" else None
    return Reference.learn(context.columns, sample, rows=rows, scaled=scaled, **extent, **moments)


@final
class Guard:
    """The guard, without a bundle around it.

    Args:
        alpha: The chance of a false name that it is allowed: a batch, or a whole stream.
        workers: How many processes share a stream.
    """

    def __init__(self, alpha: float = ALPHA, workers: int = 1) -> None:
        self._alpha = alpha
        self._workers = workers
        self._reference: Any = None
        self._stream: Any = None
        self._places: dict[str, int] = {}
        self._images = False

    def fit(self, train: Array, context: Context) -> None:
        """Learn the reference."""
        self._images = context.kind == "image"
        self._reference = learned(train, context)
        self._places = {str(name): place for place, name in enumerate(context.columns)}

    def diagnose(self, batch: Array) -> Answer:
        """Ask it about one batch."""
        return self._answer(self._reference.diagnose(batch, alpha=self._alpha))

    def start(self) -> None:
        """Begin a stream; of images there is none, each request is looked at by itself."""
        from samescale.evidence.stream.stream import Stream

        if self._stream is not None:
            self._stream.reset()
        elif not self._images:
            self._stream = Stream(self._reference, alpha=self._alpha, workers=self._workers)

    def update(self, batch: Array) -> Answer:
        """One more request of it."""
        if self._stream is None:
            return self.diagnose(batch)
        return self._answer(self._stream.see(batch))

    def skip(self, rows: Array) -> None:
        """Many requests of one row each, about which nothing is asked."""
        if self._stream is not None:
            self._stream.see(rows, apart=True)

    def alarms(self, pool: Array, order: Array) -> Array:
        """Many streams at once.

        Args:
            pool: Rows, (p, d).
            order: Which of them arrive, (s, t): s streams of t requests.

        Returns:
            After how many requests each alarms for the first time, that one included; 0 for never.
        """
        from samescale.evidence.stream.simulation import first_alarms

        told: dict[str, Any] = {"alpha": self._alpha, "workers": self._workers}
        return first_alarms(self._reference, pool, order, **told)

    def _answer(self, verdict: Any) -> Answer:
        best = verdict.best
        if best is None:
            return Answer()
        columns = [self._places[name] for name in best.columns if name in self._places]
        return Answer(LABEL.get(best.mistake, best.mistake), columns, best.evidence, best.detail)
