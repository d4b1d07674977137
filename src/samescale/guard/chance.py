"""How far a count may stray by chance: Chernoff's bound, in closed form and for any sample size.

For `k` hits in `n` independent trials of probability `p`, and `k / n > p`,
`P(K >= k) <= exp(-n KL(k/n || p))`, with KL the divergence of two coins; likewise below. Unlike a
normal approximation it never understates, so an alarm rate that is promised is kept with one row
and with a million. Source: W. Hoeffding, Probability inequalities for sums of bounded random
variables, JASA 58 (1963), theorem 1.
"""

from __future__ import annotations

import math

_HALVINGS = 60  # of an interval inside [0, 1]: past the last bit of a float64 near 1


def divergence(share: float, probability: float) -> float:
    """Kullback and Leibler's divergence of a coin of `share` from one of `probability`, in nats.

    >>> divergence(0.5, 0.5), divergence(1.0, 0.0)
    (0.0, inf)
    """
    return _term(share, probability) + _term(1 - share, 1 - probability)


def surprise(count: int, trials: int, probability: float) -> float:
    """Nats against `count` or a more extreme count: its chance is at most `exp(-surprise)`.

    >>> round(surprise(3, 3, 0.01), 2)
    13.82
    """
    return trials * divergence(count / trials, probability) if trials else 0.0


def interval(count: int, trials: int, nats: float) -> tuple[float, float]:
    """The probabilities under which `count` of `trials` has a surprise of at most `nats`.

    >>> low, high = interval(0, 1000, 13.8)
    >>> low, round(high, 4)
    (0.0, 0.0137)
    """
    if not trials:
        return 0.0, 1.0
    share = count / trials
    return _edge(share, 0.0, nats / trials), _edge(share, 1.0, nats / trials)


def _edge(share: float, end: float, bound: float) -> float:
    near, far = share, end
    if divergence(share, far) <= bound:
        return far
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        near, far = (middle, far) if divergence(share, middle) <= bound else (near, middle)
    return near


def _term(share: float, probability: float) -> float:
    if share <= 0:
        return 0.0
    return share * math.log(share / probability) if probability > 0 else math.inf
