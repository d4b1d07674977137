"""Mappings and lists that can't be changed: what was learned stays as it was learned."""

from __future__ import annotations

from typing import Any, Never, final


@final
class Frozen(dict[str, Any]):
    """A dict that refuses to be changed; JSON, pickles and comparisons take it as a dict.

    Examples:
        >>> Frozen({"mean": 1.0})["mean"]
        1.0
        >>> Frozen({"mean": 1.0})["mean"] = 2.0
        Traceback (most recent call last):
        TypeError: What was declared or learned can't be changed; adapt anew.
    """

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> Never:
        raise TypeError("What was declared or learned can't be changed; adapt anew.")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[Frozen], tuple[dict[str, Any]]]:
        return Frozen, (dict(self),)


def frozen(value: Any) -> Any:
    """`value` with every mapping in it a `Frozen` and every list a tuple.

    Examples:
        >>> frozen({"mean": [1.0, 2.0]})
        {'mean': (1.0, 2.0)}
    """
    if isinstance(value, dict):
        return Frozen({key: frozen(item) for key, item in value.items()})
    return tuple(map(frozen, value)) if isinstance(value, list | tuple) else value
