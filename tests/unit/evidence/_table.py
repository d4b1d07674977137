"""A table with the shapes that columns have: round, skewed, whole, missing, related."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from samescale.evidence.reference import Reference

if TYPE_CHECKING:
    from samescale.ir.types import Array

NAMES = ("age", "height", "weight", "income", "rate", "visits", "flag", "pressure", "log_size")


@functools.cache
def rows(count: int = 6000, seed: int = 0) -> Array:
    """Rows of people, float64 (count, 9)."""
    random = np.random.default_rng(seed)
    height = np.round(random.normal(171, 9, count), 1)
    weight = np.round(0.9 * (height - 100) + random.normal(5, 8, count), 1)
    age = np.floor(random.uniform(18, 80, count))
    income = np.round(np.exp(random.normal(10.3, 0.6, count) + age / 200), 2)
    rate = np.round(random.gamma(2.0, 1.4, count), 3)
    rate[random.random(count) < 0.08] = np.nan
    visits = random.poisson(4, count).astype(float)
    flag = (random.random(count) < 0.3).astype(float)
    pressure = np.round(random.normal(1013, 7, count), 2)
    size = random.normal(3, 1.0, count)
    return np.column_stack([age, height, weight, income, rate, visits, flag, pressure, size])


@functools.cache
def known(*, scaled: bool = False, count: int = 4000) -> Reference:
    """The reference of the first rows."""
    table = rows()[:count]
    mean, deviation = np.nanmean(table, axis=0), np.nanstd(table, axis=0)
    if scaled:
        table = (table - mean) / deviation
    return Reference.learn(
        NAMES,
        table,
        rows=len(table),
        low=np.nanmin(table, axis=0),
        high=np.nanmax(table, axis=0),
        mean=np.nanmean(table, axis=0),
        deviation=np.nanstd(table, axis=0),
        scaled=(mean, deviation) if scaled else None,
    )


def fresh(count: int, seed: int, *, scaled: bool = False) -> Array:
    """Rows that the reference never saw, as callers send them."""
    pool = rows()[4000:]
    found = pool[np.random.default_rng(seed).choice(len(pool), count, replace=False)]
    if not scaled:
        return found
    shift, factor = known(scaled=True).scaling
    return (found - shift) / factor
