"""Fitted scalers and encoders from files: one of those that were saved together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from samescale.cli import output

if TYPE_CHECKING:
    from samescale.adopt import Adopted


def read(path: str, key: str | None, *, alone: bool) -> Any:
    """What is to be adopted of a file.

    Args:
        path: The file.
        key: Which of several objects, by its name or its place; the only one that can be adopted
            if left out.
        alone: Whether no other file brings the model, so that one in skops' file is rebuilt.

    Raises:
        SourceError: If the file can't be read, or holds more than plain data.
        SpecError: If it isn't clear which object is meant.
    """
    from samescale.adopt import _several, _stored, adopted, kind_of
    from samescale.cli import model_files

    content = _stored.load(path)
    found = _stored.parse(content, path)
    if key is None and kind_of(found) is not None:
        rebuilt = alone and content.startswith(b"PK") and is_record(_tried(found))
        return model_files.read(content, path) if rebuilt else found
    picked = _several.pick(found, key, f"'{path}'", adopted)
    if picked.key is not None and key is None:
        output.note(f"Of {path}, which holds {picked.beside}, '{picked.key}' is adopted.")
    return picked.value


def _tried(record: Any) -> Any:
    """The model at the end of a record, if it is a pipeline with one."""
    from samescale.adopt import adopted

    if not is_record(record) or record.name not in {"Pipeline", "TransformedTargetRegressor"}:
        return None
    made: Adopted = adopted(record)
    return made.model


def is_record(value: Any) -> bool:
    """Whether it is an object as it was read, and not a living one."""
    from samescale.adopt._record import Record

    return isinstance(value, Record)


def named(value: Any) -> str:
    """What an object's class is called."""
    from samescale.adopt import _several

    return _several.named(value)
