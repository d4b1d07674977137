"""JSON as the bundle takes it: nothing that two parsers could read in two ways."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from samescale.bundle.format import MAX_DEPTH, MAX_JSON
from samescale.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Sequence


def dump(value: Any) -> bytes:
    r"""The JSON of `value`: ASCII, two spaces for each level, the keys in their own order.

    Example:
        >>> dump({"mean": 1.5})
        b'{\n  "mean": 1.5\n}\n'
    """
    return f"{json.dumps(value, indent=2, allow_nan=False)}\n".encode("ascii")


def compact(value: Any) -> bytes:
    """The JSON of `value` on one line, for what is long and read by nobody."""
    return f"{json.dumps(value, separators=(',', ':'), allow_nan=False)}\n".encode("ascii")


def parse(data: bytes | memoryview, member: str) -> Any:
    """The value of a JSON member.

    Args:
        data: The bytes.
        member: The member's name, for messages.

    Raises:
        FormatError: If it isn't UTF-8 JSON, names a key twice, holds NaN, an infinity or a number
            that overflows to one, is nested deeper than 32 levels, or is larger than 256 MiB.

    Example:
        >>> parse(b'{"a": 1, "a": 2}', "s.json")
        Traceback (most recent call last):
        ...
        samescale.errors.FormatError: Member 's.json' isn't strict JSON: the key 'a' stands twice.
    """
    if len(data) > MAX_JSON:
        raise _fault(member, f"{len(data)} bytes are more than {MAX_JSON}")
    try:
        value = json.loads(
            str(data, "utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_constant,
            parse_float=_finite,
        )
    except RecursionError:
        raise _fault(member, f"it is nested deeper than {MAX_DEPTH} levels") from None
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError are both
        raise _fault(member, str(error)) from None
    if _deeper(value, MAX_DEPTH):
        raise _fault(member, f"it is nested deeper than {MAX_DEPTH} levels")
    return value


def _fault(member: str, reason: str) -> FormatError:
    return FormatError(f"Member '{member}' isn't strict JSON: {reason}.", member=member)


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice!r} stands twice")
    return result


def _constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"the number {text[:32]} overflows")
    return value


def _deeper(value: Any, levels: int) -> bool:
    layer = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        layer = [
            item
            for container in layer
            for item in (container.values() if isinstance(container, dict) else container)
            if isinstance(item, dict | list)
        ]
        if not layer:
            return False
    return True
