"""Values as a reader wants them: six digits, and the beginning of what is long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_LONG: Final = 6


def shown(value: Any) -> str:
    """A value of JSON as text; the JSON itself has every digit and every entry.

    >>> shown(84304953.20461333), shown(18.0), shown([1, [2.5]])
    ('8.4305e+07', '18', '[1, 2.5]')
    >>> shown(list(range(30)))
    '[0, 1, 2, 3, 4, 5, … 30 in all]'
    """
    while isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, Mapping):
        return listed(value)
    if isinstance(value, list | tuple):
        more = f", … {len(value)} in all" if len(value) > _LONG else ""
        return f"[{', '.join(map(shown, value[:_LONG]))}{more}]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def listed(values: Mapping[str, Any]) -> str:
    """Names and values in a line, those without a value left out.

    >>> listed({"mean": 1.5, "reason": "", "columns": None})
    'mean 1.5'
    """
    return ", ".join(
        f"{name} {shown(value)}" for name, value in values.items() if value not in (None, "")
    )
