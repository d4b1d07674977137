"""The peers: what each needs, and the class that puts it before a batch.

None has a name for a mistake, so what they say is `drift`; each is used as its documentation uses
it, at its defaults.
"""

from __future__ import annotations

from typing import Final, NamedTuple

_HERE = "benchmarks.mistakes"


class Rival(NamedTuple):
    """A peer.

    Attributes:
        name: What the table calls it.
        detector: `module:Class`.
        package: Whose version is told; none, where it is ours.
        needs: What is installed into its environment; nothing, where it runs in this one.
    """

    name: str
    detector: str
    package: str = ""
    needs: tuple[str, ...] = ()


ADWIN: Final = Rival(
    "river ADWIN", f"{_HERE}.rivals.river:Adwin", "river", ("river==0.26.1", "numpy")
)
"""The one that follows streams."""

RIVALS: Final = {
    "ranges": Rival("a check of ranges (ours, 20 lines)", f"{_HERE}.plain:Ranges"),
    "moments": Rival("a test of mean and deviation (ours, 30 lines)", f"{_HERE}.plain:Moments"),
    "ks": Rival("SciPy, KS a column, Bonferroni", f"{_HERE}.rivals.ks:Columns", "scipy"),
    "alibi": Rival(
        "Alibi Detect KSDrift",
        f"{_HERE}.rivals.alibi:Drift",
        "alibi-detect",
        ("alibi-detect==0.13.0",),
    ),
    "whylogs": Rival(
        "whylogs drift scores",
        f"{_HERE}.rivals.whylogs:Drift",
        "whylogs",
        ("whylogs[viz]==1.6.4", "numpy<2", "pandas<3"),
    ),
    "evidently": Rival(
        "Evidently DataDriftPreset",
        f"{_HERE}.rivals.evidently:Drift",
        "evidently",
        ("evidently==0.7.23", "pandas<3"),
    ),
    "nannyml": Rival(
        "NannyML univariate drift",
        f"{_HERE}.rivals.nannyml:Drift",
        "nannyml",
        ("nannyml==0.13.1", "statsmodels", "pandas<3"),
    ),
}
