"""What watches the rows that arrive, one rule a file.

The input contract (`samescale.door`) says what may arrive at all. The guard says how rows that may
arrive differ from those of training. It reads the profile and changes no number.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING

from samescale.guard.base import Policy as Policy
from samescale.guard.base import Rule as Rule
from samescale.guard.base import Training as Training
from samescale.guard.guard import Guard as Guard
from samescale.guard.guard import Passed as Passed
from samescale.guard.warning import GuardWarning as GuardWarning
from samescale.guard.warning import warn as warn
from samescale.guard.watching import Watch as Watch

if TYPE_CHECKING:
    from samescale.guard.policies import Policies as Policies
    from samescale.ir.nodes import Graph
    from samescale.profile import Profile
    from samescale.schema import Schema


@functools.cache
def rules() -> tuple[type[Rule], ...]:
    """Every rule of this folder, in the order of the codes.

    >>> [rule.code for rule in rules()]
    ['SG201', 'SG202', 'SG203', 'SG204', 'SG331', 'SG332']
    """
    modules = (
        importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)
    )
    found = {
        item
        for module in modules
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Rule) and not inspect.isabstract(item)
    }
    return tuple(sorted(found, key=lambda rule: rule.code))


def watch(schema: Schema, profile: Profile, graph: Graph, *, policies: Policies = None) -> Guard:
    """The guard of a training with all rules.

    Args:
        schema: The input contract.
        profile: The distribution of the training's columns.
        graph: The preprocessing.
        policies: `off`, `observe`, `warn` or `raise` for all; or by the name or code of a rule or
            of a mistake, `default` for the others; `repair` by a mistake's name. Each may be a
            dict by column, `default` for the other columns.

    Raises:
        SpecError: For a rule, a mistake, a column or a policy that there isn't.

    >>> import numpy as np
    >>> from samescale.ir.nodes import Graph
    >>> from samescale.profile import ColumnProfile, Profile
    >>> from samescale.schema import Column, Schema
    >>> profile = Profile({"age": ColumnProfile(rows=500, missing=0, minimum=18.0, maximum=90.0)})
    >>> guard = watch(Schema((Column("age", "float32"),)), profile, Graph(()))
    >>> (finding,) = guard.check({"age": np.float32([41, 4100])}, 2)
    >>> finding.code, finding.row, finding.severity
    ('SG202', 1, 'warning')
    """
    return Guard.of(schema, profile, graph, rules=rules(), policies=policies)
