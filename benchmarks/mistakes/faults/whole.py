"""Mistakes that concern whole rows: normalised once too often, or never, or by their own batch."""

from __future__ import annotations

import numpy as np

from benchmarks.mistakes.faults.sent import Arrived, Sent
from benchmarks.mistakes.known import quiet

EPSILONS = (0.0, 1e-7, 1e-5)  # what others add to a deviation


def double_norm(sent: Sent) -> Arrived:
    """Standardised with training's statistics by the caller too."""
    known = sent.known
    once = (sent.raw - known.mean) / known.std
    return Arrived((once - known.mean) / known.std if sent.expects == "normalised" else once)


def double_minmax(sent: Sent) -> Arrived:
    """Scaled to training's range by the caller."""
    return Arrived((sent.raw - sent.known.low) / sent.known.span)


def raw_input(sent: Sent) -> Arrived | None:
    """The scaler was forgotten."""
    return Arrived(sent.raw.copy()) if sent.expects == "normalised" else None


def batch_standardised(sent: Sent) -> Arrived:
    """A scaler was fitted on what arrives."""
    ddof = int(sent.rng.integers(0, 2)) if len(sent.raw) > 1 else 0
    epsilon = sent.pick(EPSILONS)
    with quiet():
        mean, std = np.nanmean(sent.raw, 0), np.nanstd(sent.raw, 0, ddof=ddof)
    std = np.where(std > 0, std, 1.0) + epsilon
    return Arrived((sent.raw - mean) / std, [], f"ddof={ddof} eps={epsilon}")


def batch_minmax(sent: Sent) -> Arrived:
    """A min-max scaler was fitted on what arrives."""
    with quiet():
        low, high = np.nanmin(sent.raw, 0), np.nanmax(sent.raw, 0)
    return Arrived((sent.raw - low) / np.where(high > low, high - low, 1.0))


def log_all(sent: Sent) -> Arrived | None:
    """The logarithm of every column that has one was taken by the caller."""
    known = sent.known
    columns = [int(place) for place in known.continuous if known.low[place] >= 0]
    if len(columns) < 2:
        return None
    values = sent.raw.copy()
    values[:, columns] = np.log1p(np.maximum(values[:, columns], -0.999))
    return Arrived(sent.right(values), columns, "log1p")
