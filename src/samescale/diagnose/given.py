"""What is given to compare: a bundle, a table, or pictures."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale import sources
from samescale.diagnose import pictures
from samescale.fitted import Fitted
from samescale.predictor import Predictor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.schema import Schema
    from samescale.sources.base import Source

_ZIP: Final = b"PK\x03\x04"
_TABLE, _PICTURES = 2, 3  # axes


def bundle(data: object) -> Fitted | None:
    """The preprocessing of a bundle, whatever form it comes in; `None` if it is no bundle.

    Args:
        data: A `Predictor`, a `Fitted`, or the path of a bundle or of what `Fitted.save` wrote.

    Raises:
        BundleError: If it is one that isn't whole.
    """
    if isinstance(data, Fitted):
        return data
    if isinstance(data, Predictor):
        return data.fitted
    if not isinstance(data, str | PurePath) or not _is_archive(Path(data)):
        return None
    from samescale.bundle import inspect

    return inspect(data).fitted


def _is_archive(path: Path) -> bool:
    if not path.is_file() or path.suffix.lower() in pictures.ARRAYS:
        return False
    with path.open("rb") as file:
        return file.read(len(_ZIP)) == _ZIP


def table(
    data: object,
    schema: Schema | None = None,
    *,
    skipped: dict[str, str],
    seed: int = 0,
    **options: Any,
) -> Source:
    """The source of what is given: a table, or pictures as a table of one column.

    Args:
        data: What `samescale.sources.open` reads; a folder of pictures; a `.npy` or `.npz` file;
            an array of numbers without names.
        schema: The contract of training, where it is known: what text is read as, the names of an
            array's columns, the column and the shape of pictures.
        skipped: Gets the files that can't be compared, each with the reason.
        seed: What the choice of pictures follows from, where there are very many.
        options: What the kind of source takes.

    Raises:
        SourceError: If nothing reads it.
    """
    given = pictures.read(data, _shape(schema), skipped, seed=seed) if _is_path(data) else data
    if isinstance(given, np.ndarray) and given.dtype.names is None:
        given = _named(given, schema, options)
    taken = _taken(given, options) if options else {}
    if schema is None:
        return sources.open(given, **taken)
    from samescale.door.tables import opened

    return opened(schema, given, **taken)


def _taken(given: object, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options for this source: one that only the other side's kind has is left to that."""
    own = sources.open(given).OPTIONS
    known = {option for name in sources.names() for option in sources.load(name).OPTIONS}
    return {name: value for name, value in options.items() if name in own or name not in known}


def described(data: object, source: Source) -> str:
    """Where rows come from, in a few words: a path as it was given."""
    return str(data) if _is_path(data) else source.description


def _is_path(data: object) -> bool:
    return isinstance(data, str | PurePath)


def _shape(schema: Schema | None) -> tuple[int, ...] | None:
    shapes = [c.shape for c in schema.columns if len(c.shape) == _PICTURES] if schema else []
    return shapes[0] if len(shapes) == 1 else None


def _named(array: Any, schema: Schema | None, options: Mapping[str, Any]) -> object:
    """An array's columns under the names of training, or numbered."""
    known = () if schema is None else schema.names
    if array.ndim == _TABLE and "names" not in options:
        names = known if len(known) == array.shape[1] else _numbered(array.shape[1])
        return {name: array[:, place] for place, name in enumerate(names)}
    if array.ndim == 1:
        return {(known or ("x0",))[0]: array}
    if array.ndim > _TABLE:
        shaped = [] if schema is None else [c.name for c in schema.columns if c.shape]
        stacked = array[..., None] if array.ndim == _PICTURES else array
        return {shaped[0] if shaped else "image": stacked}
    return array


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"x{place}" for place in range(count))
