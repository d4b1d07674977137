"""What who calls an export without samescale must know of its inputs and outputs."""

from __future__ import annotations

import json
from importlib import metadata
from typing import TYPE_CHECKING, Any

from samescale.export.base import Sent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samescale.export._original import Original
    from samescale.export.base import Given


def sent(crossings: Iterable[Any]) -> tuple[Sent, ...]:
    """The inputs of a target's parts."""
    return tuple(Sent(c.name, c.dtype, c.shape, c.columns, c.origin) for c in crossings)


def free(name: str, taken: Iterable[str]) -> str:
    """`name`, or what it is called where something has that name."""
    known = set(taken)
    while name in known:
        name = f"{name}_out"
    return name


def inputs(
    source: Original, given: tuple[Sent, ...], *, method: str, text: str = ""
) -> Iterator[str]:
    """Notes on the inputs.

    Args:
        source: The bundle.
        given: The inputs.
        method: What of samescale computes what the host must.
        text: How a missing text is sent, if texts are.
    """
    columns = {column.name: column for column in source.fitted.schema.columns}
    for x in given:
        if x.origin != "raw":
            yield (
                f"'{x.name}' isn't raw: {', '.join(x.columns)} must go through "
                f"{x.origin.removeprefix('host: ')} first. {method} does that."
            )
            continue
        for column in (columns[name] for name in x.columns if name in columns):
            if column.kind == "datetime":
                yield f"'{x.name}' is a time: seconds since 1970 (UTC), as {x.dtype}."
            if column.nullable and x.dtype == "string" and text:
                yield f"A missing text in '{x.name}' is sent as {text}."
            if column.nullable and x.dtype.startswith("float"):
                yield f"A missing value in '{x.name}' is sent as NaN."
    yield (
        "The input contract and the guard aren't in it: values in other units than those of "
        "training are answered all the same."
    )


def facts(source: Original, given: tuple[Sent, ...], outputs: Iterable[Given]) -> dict[str, str]:
    """What an export says of itself, as text by key: no path, no row, no name of a machine."""
    schema = {column.name: column for column in source.fitted.schema.columns}
    told = [
        {
            "name": x.name,
            "dtype": x.dtype,
            "shape": ["rows", *x.shape],
            "columns": {name: schema[name].kind for name in x.columns if name in schema},
            "origin": x.origin,
        }
        for x in given
    ]
    return {
        "samescale.bundle": source.digest,
        "samescale.preprocessing": source.fitted.digest,
        "samescale.version": metadata.version("samescale"),
        "samescale.inputs": json.dumps(told, ensure_ascii=False),
        "samescale.outputs": json.dumps(
            [{"name": x.name, "of": x.of, "dtype": x.dtype} for x in outputs], ensure_ascii=False
        ),
        "samescale.classes": json.dumps(list(source.fitted.classes or ()), ensure_ascii=False),
    }
