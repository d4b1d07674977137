"""The learned distribution of a table: what the guard weighs traffic against."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

from samescale.evidence.copula import Copula
from samescale.evidence.density import Densities
from samescale.evidence.hypotheses._permuted.trust import trust
from samescale.evidence.needed import needed
from samescale.evidence.screen import Limits, Screen
from samescale.evidence.stream._scale import Scale
from samescale.evidence.stream.calibration import Calibration
from samescale.evidence.verdict import Verdict
from samescale.evidence.weighing import weigh

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir.types import Array


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """How the numeric columns of a training were distributed, each and together.

    Attributes:
        names: The columns, in the order of every array here.
        rows: How many rows the training had.
        densities: Of each column.
        copula: Of all together.
        exact: Least and greatest values, means, population standard deviations, (4, d).
        scaling: Mean and deviation by which callers scale before they send; 0 and 1 where raw.
        limits: What training's own rows reach in the screen.
        trust: How far an exchange of two columns may be told by its likelihood, (d, d), in 0…1.
        shifts: The most that a row of training gains if all columns are shifted by one, in nats.
        calibration: How rows of training score, for streams.
        quick: Whether rows are worth a diagnosis.

    Examples:
        >>> random = np.random.default_rng(0)
        >>> rows = np.round(random.normal([40, 170], [9, 8], (2000, 2)), 1)
        >>> ends = {"low": rows.min(0), "high": rows.max(0)}
        >>> spread = {"mean": rows.mean(0), "deviation": rows.std(0)}
        >>> known = Reference.learn(["age", "height"], rows, rows=2000, **ends, **spread)
        >>> verdict = known.diagnose((rows[:4] - rows.mean(0)) / rows.std(0))
        >>> verdict.best.mistake
        'already-normalised'
        >>> known.diagnose(rows[:4]).best is None
        True
    """

    names: tuple[str, ...]
    rows: int
    densities: Densities
    copula: Copula
    exact: Array
    scaling: tuple[Array, Array]
    limits: Limits
    trust: Array
    shifts: float
    calibration: Calibration
    quick: Screen = dc.field(init=False, repr=False)

    def __post_init__(self) -> None:
        quick = Screen.of(self.densities, self.copula, self.scaling, self.limits)
        object.__setattr__(self, "quick", quick)

    @property
    def low(self) -> Array:
        """The least values, (d,), NaN where there is none."""
        return np.asarray(self.exact[0])

    @property
    def high(self) -> Array:
        """The greatest values, alike."""
        return np.asarray(self.exact[1])

    @property
    def mean(self) -> Array:
        """The means, (d,)."""
        return np.asarray(self.exact[2])

    @property
    def deviation(self) -> Array:
        """The population standard deviations, (d,)."""
        return np.asarray(self.exact[3])

    @property
    def is_scaled(self) -> bool:
        """Whether callers scale before they send."""
        shift, factor = self.scaling
        return bool(shift.any() or (factor != 1.0).any())

    @classmethod
    def learn(  # noqa: PLR0913 - what is known of a training, each by its name
        cls,
        names: Sequence[str],
        sample: Array,
        *,
        rows: int,
        low: Array,
        high: Array,
        mean: Array,
        deviation: Array,
        scaled: tuple[Array, Array] | None = None,
    ) -> Self:
        """The reference of a training.

        Args:
            names: The columns.
            sample: Rows of the training, float64 (k, d), NaN where missing, in random order.
            rows: How many rows the training had.
            low: The exact least value of each column, NaN where there is none.
            high: The exact greatest.
            mean: The exact means.
            deviation: The exact population standard deviations.
            scaled: Mean and deviation, in the raw unit, that a scaler outside has used on the
                training, where it arrived normalised.
        """
        exact = np.stack([np.asarray(x, np.float64) for x in (low, high, mean, deviation)])
        scaling = np.stack([np.zeros(len(names)), np.ones(len(names))])
        arrived = sample
        if scaled is not None:
            scaling = np.stack([np.asarray(part, np.float64) for part in scaled])
            shift, factor = scaling
            sample = _snapped(sample * factor + shift)
            exact[:2] = _snapped(exact[:2] * factor + shift)
            exact[2], exact[3] = exact[2] * factor + shift, exact[3] * factor
        fit = sample[: len(sample) - Calibration.held(len(sample))]
        densities = Densities.learn(fit, rows=rows, low=exact[0], high=exact[1])
        few = sample[:_SCORED]
        copula = Copula.learn(densities.scores(few, 3e-7 * np.abs(few)))
        limits = Screen.learn(densities, copula, (scaling[0], scaling[1]), arrived)
        known = densities, copula, (scaling[0], scaling[1]), arrived
        told, honest = trust(*known)
        scale = Scale.made(exact[0], exact[1], exact[2], exact[3], scaling)
        new = sample[len(fit) :]
        made, rest = (Calibration.new, new) if len(new) else (Calibration.learn, sample)
        return cls(
            tuple(names), rows, densities, copula, exact, (scaling[0], scaling[1]), limits,
            _part(_whole(told)), honest, made(densities, rest, scale),
        )  # fmt: skip

    def diagnose(self, batch: Array, *, alpha: float = 1e-3) -> Verdict:
        """Which mistake, if any, speaks from some rows.

        Args:
            batch: float64 (n, d), NaN where missing, as they arrived.
            alpha: The chance of a false name that is allowed, a batch.
        """
        batch = np.asarray(batch, np.float64)
        return weigh(self, batch, alpha) if batch.size else Verdict(len(batch))

    def screen(self, batch: Array) -> bool:
        """Whether a diagnosis of some rows is worth its time; microseconds."""
        return self.quick.fires(batch)

    def needed(self, *, alpha: float = 1e-3) -> Mapping[str, float]:
        """How many rows tell each mistake, by name and way; seconds of work, none of it stored.

        Args:
            alpha: The chance of a false name that is allowed, a batch.

        Returns:
            1, 2, 4, … 128, or infinity where even 128 rows don't tell.
        """
        return needed(self, alpha)

    def to_arrays(self) -> dict[str, Array]:
        """Everything but the names, as arrays that a bundle stores."""
        upper = np.triu_indices(len(self.names), 1)
        return {
            **self.densities.packed,
            "correlation": self.copula.correlation[upper].astype(np.float32),
            "exact": self.exact,
            "scaling": np.stack(self.scaling),
            **self.limits.to_arrays(),
            "trust": _whole(self.trust)[upper],
            **{f"calibration_{name}": a for name, a in self.calibration.to_arrays().items()},
            "counts": np.array(
                [self.rows, self.densities.sampled, self.copula.nu, self.shifts], np.float64
            ),
        }

    @classmethod
    def from_arrays(cls, names: Sequence[str], arrays: Mapping[str, Array]) -> Self:
        """The reference that `to_arrays` gave; it gives the same verdicts."""
        rows, sampled, nu, honest = arrays["counts"].tolist()
        densities = Densities.from_arrays(arrays, rows=int(rows), sampled=int(sampled))
        copula = Copula.packed(arrays["correlation"], len(names), nu)
        limits = Limits.from_arrays(arrays)
        told = np.full((len(names), len(names)), 255, np.uint8)
        told[np.triu_indices(len(names), 1)] = arrays["trust"]
        told = np.minimum(told, told.T)
        own = {name: arrays[f"calibration_{name}"] for name in ("rows", "codes")}
        shift, factor = arrays["scaling"]
        return cls(
            tuple(names), int(rows), densities, copula, np.array(arrays["exact"]), (shift, factor),
            limits, _part(told), honest, Calibration.from_arrays(own),
        )  # fmt: skip


_SCORED: Final = 4_096  # rows that tell how columns hang together


def _whole(shares: Array) -> Array:
    """Shares in 255ths, as they are stored; rounded down, for trust is a bound."""
    return np.floor(np.asarray(shares) * 255.0 + 1e-9).astype(np.uint8)


def _part(told: Array) -> Array:
    return told / 255.0


def _snapped(raw: Array) -> Array:
    """Values whose normalisation was undone, back on the decimals that they had."""
    return np.round(raw, 9)
