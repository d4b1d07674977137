"""Fitted scalers and encoders from files: one of those that were saved together."""

from __future__ import annotations

from typing import Any

from samescale.cli import output


def read(path: str, wanted: str | None, *, alone: bool) -> Any:
    """What is to be adopted of a file.

    Args:
        path: The file.
        wanted: Which of several objects, by its key or its place; the only one that fits if left
            out.
        alone: Whether no other file brings the model, so that one in skops' file is rebuilt.

    Raises:
        SourceError: If the file can't be read, or holds more than plain data.
        SpecError: If it isn't clear which object is meant.
    """
    return _picked(_stored_or_live(path, alone=alone), path, wanted)


def _stored_or_live(path: str, *, alone: bool) -> Any:
    """What the file holds: as data; a whole pipeline of skops', its model rebuilt."""
    from samescale.adopt import _stored
    from samescale.cli import model_files

    content = _stored.load(path)
    found = _stored.parse(content, path)
    ends = is_record(found) and found.name in {"Pipeline", "TransformedTargetRegressor"}
    if alone and ends and content.startswith(b"PK") and _has_model(found):
        return model_files.read(content, path)
    return found


def _has_model(record: Any) -> bool:
    from samescale.adopt import Adopted, adopt

    return isinstance(adopt(record), Adopted)


def _picked(given: Any, path: str, wanted: str | None) -> Any:
    """One object of several that were saved together."""
    from samescale.errors import SpecError

    several: dict[str, Any] = {}
    if isinstance(given, list | tuple):
        several = {str(place): one for place, one in enumerate(given)}
    elif isinstance(given, dict):
        several = {str(key): one for key, one in given.items()}
    if wanted is not None:
        if wanted not in several:
            raise SpecError(
                f"There is no '{wanted}' in {path}.",
                remedy=f"It holds {', '.join(several) or 'one object'}.",
            )
        return several[wanted]
    fitting = {key: one for key, one in several.items() if _transforms(one)}
    if not any(map(is_record, several.values())):
        return given
    if len(fitting) != 1:
        raise SpecError(
            f"{path} holds several objects: {_listed(several)}.",
            remedy="Say which one is the scaler: --key NAME.",
        )
    ((key, one),) = fitting.items()
    output.note(f"Of {path}, which holds {_listed(several)}, '{key}' is adopted.")
    return one


def _transforms(value: Any) -> bool:
    from samescale.adopt import adopt
    from samescale.errors import SamescaleError

    if not is_record(value):
        return False
    try:
        adopt(value)
    except SamescaleError:
        return False
    return True


def _listed(several: dict[str, Any]) -> str:
    return ", ".join(f"{key} ({named(one)})" for key, one in several.items())


def is_record(value: Any) -> bool:
    """Whether it is an object as it was read, and not a living one."""
    from samescale.adopt._record import Record

    return isinstance(value, Record)


def named(value: Any) -> str:
    """What an object's class is called."""
    return str(value.name) if is_record(value) else type(value).__name__
