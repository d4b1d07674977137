"""The two sentences that come first: what is wrong, and what to change."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING

from samescale.diagnose.diagnosis import names_mistake
from samescale.diagnose.weigh import located
from samescale.evidence.words import sentence

if TYPE_CHECKING:
    from samescale.diagnose.known import Known
    from samescale.diagnose.rows import Rows
    from samescale.diagnose.weigh import Weighing
    from samescale.findings import Finding


def told(
    weighing: Weighing, findings: tuple[Finding, ...], known: Known, live: Rows
) -> tuple[str, str]:
    """What is wrong, and what to change; of nothing, that there is nothing.

    Args:
        weighing: The verdict.
        findings: What else was found.
        known: Training.
        live: What arrived.
    """
    best = weighing.verdict.best
    broken = next((one for one in findings if names_mistake(one)), None)
    if best is not None and (weighing.verdict.named or broken is None):
        columns = (weighing.column,) if weighing.column else best.columns
        table = known.fitted.profile.table
        scaled = weighing.column is None and table is not None and table.is_scaled
        wrong, change = sentence(dc.replace(best, columns=columns), scaled=scaled)
        return located(wrong, weighing.spans), change
    if broken is not None:
        return broken.message, broken.remedy
    noted = [one for one in findings if one.severity != "info"]
    if noted:
        return "No mistake has a name here, but live is unlike training.", str(noted[0])
    return _nothing(live.count), ""


def _nothing(rows: int) -> str:
    """That nothing was found, and how much that says."""
    count = "The one row" if rows == 1 else f"All {rows:,} rows"
    looks = "looks" if rows == 1 else "look"
    return f"{count} that arrived {looks} like training."
