"""The preprocessing half of a bundle: a fitted value as members, and back.

Nothing here trusts a member because its digest is right: a digest says that a file is as it was
written, not who wrote it.
"""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, Final, get_args

import numpy as np

from samescale.bundle import densities, plain, strict, tensors
from samescale.errors import FormatError, IntegrityError, SamescaleError
from samescale.fitted import Fitted, FittedTarget
from samescale.ir import serial
from samescale.ir.nodes import Const, Graph, Lookup
from samescale.ir.types import DTYPES, INTEGERS, TensorType
from samescale.ir.verify import types
from samescale.schema import Column, Kind, Schema
from samescale.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.bundle.archive import Bytes
    from samescale.bundle.manifest import Manifest
    from samescale.profile import ColumnProfile

SPEC: Final = "spec.json"
LEARNED: Final = "learned.json"
GRAPH: Final = "graph.json"
ARRAYS: Final = "arrays.safetensors"
PROFILE: Final = "profile.json"
NAMES: Final = (ARRAYS, GRAPH, LEARNED, PROFILE, SPEC)

_COLUMN_FIELDS = {field.name for field in dc.fields(Column)}
# A node may declare a row this large, or eight times what the file itself holds of any array.
_ENTRIES: Final = 2**22
_GROWTH: Final = 8


def graphs(fitted: Fitted) -> dict[str, Graph]:
    """The graphs of a fitted value, by name."""
    found = {"features": fitted.graph}
    for place, target in enumerate(fitted.targets):
        end = _end(place, len(fitted.targets))
        found[f"target{end}"] = target.graph
        if target.inverse is not None:
            found[f"inverse{end}"] = target.inverse
    return found


def _end(place: int, count: int) -> str:
    """What the names of a target's graphs end in: nothing where there is one, else its place."""
    return "" if count == 1 else f"/{place}"


def targets_json(targets: tuple[FittedTarget, ...]) -> dict[str, Any] | list[Any] | None:
    """What the manifest says of the targets: an object of one, a list of several."""
    told = [_target_json(target) for target in targets]
    return told if len(told) > 1 else next(iter(told), None)


def _target_json(target: FittedTarget) -> dict[str, Any]:
    return {
        "column": target.column.to_json(),
        "task": target.task,
        "classes": None if target.classes is None else list(target.classes),
    }


def of_fitted(fitted: Fitted) -> dict[str, bytes]:
    """The members that hold a fitted value; its schema and target stand in the manifest."""
    texts: dict[str, Any] = {}
    arrays: dict[str, Any] = {}
    for name, graph in graphs(fitted).items():
        texts[name], found = serial.to_json(graph)
        arrays |= {f"{name}/{key}": array for key, array in found.items()}
    own: list[Any] = [list(target.learned) for target in fitted.targets]
    learned = {
        "columns": {name: list(values) for name, values in fitted.learned.items()},
        "target": own if len(own) > 1 else next(iter(own), None),
    }
    return {
        SPEC: strict.dump(fitted.spec.to_json()),
        LEARNED: strict.compact(learned),
        GRAPH: strict.compact(texts),
        ARRAYS: tensors.dump(arrays),
        PROFILE: strict.compact(fitted.profile.to_json()),
        **densities.of_profile(fitted.profile),
    }


def to_fitted(members: Mapping[str, Bytes], manifest: Manifest) -> Fitted:
    """The fitted value of a bundle's members.

    Raises:
        FormatError: If a member isn't what its name says, or they don't fit each other.
        IntegrityError: If a graph or the whole isn't the one whose digest the manifest has.
    """
    try:
        fitted = _fitted(members, manifest)
    except (FormatError, IntegrityError):
        raise
    except SamescaleError as error:
        raise FormatError(f"The preprocessing isn't valid: {error.message}") from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise FormatError(f"The preprocessing isn't valid: {error!r}.") from error
    _check_digests(fitted, manifest)
    return fitted


def _fitted(members: Mapping[str, Bytes], manifest: Manifest) -> Fitted:
    read = {name: strict.parse(members[name], name) for name in NAMES if name != ARRAYS}
    schema = Schema(tuple(_column(fields) for fields in manifest.schema))
    found = _graphs(read[GRAPH], tensors.load(members[ARRAYS], ARRAYS))
    spec = Spec.from_json(read[SPEC])
    lengths = {name: len(chain) for name, chain in spec.columns.items()}
    own = [len(target.transforms) for target in spec.targets]
    learned = plain.learned(read[LEARNED], lengths, own, LEARNED)
    targets = _targets(manifest.target, found, learned)
    fitted = Fitted(
        spec,
        schema,
        {name: tuple(values) for name, values in read[LEARNED]["columns"].items()},
        found["features"],
        targets,
        plain.profile(read[PROFILE], PROFILE, densities.arrays(members)),
        manifest.provenance["adapted"],
    )
    _check_fit(fitted)
    return fitted


def _graphs(texts: Mapping[str, Any], arrays: Mapping[str, Any]) -> dict[str, Graph]:
    if "features" not in texts:
        raise FormatError(f"Member '{GRAPH}' holds the graphs {sorted(texts)}.", member=GRAPH)
    found = {}
    taken = 0
    for name, text in texts.items():
        own = {key[len(name) + 1 :]: a for key, a in arrays.items() if key.startswith(f"{name}/")}
        taken += len(own)
        found[name] = serial.from_json(text, own)
        _check_sizes(name, found[name])
    if taken != len(arrays):
        raise FormatError(f"Member '{ARRAYS}' holds arrays of no graph.", member=ARRAYS)
    return found


def _check_sizes(name: str, graph: Graph) -> None:
    """Refuse a graph that would ask for far more memory than its file is large."""
    held = [math.prod(node.type.shape) for node in graph.inputs]
    held += [node.value.size for node in graph.nodes if isinstance(node, Const)]
    held += [len(node.keys) for node in graph.nodes if isinstance(node, Lookup)]
    limit = max(_ENTRIES, _GROWTH * max(held, default=0))
    largest = max(math.prod(kind.shape) for kind in types(graph).values())
    if largest > limit:
        raise FormatError(
            f"Graph '{name}' declares a row of {largest} entries, more than {limit}.", graph=name
        )


def _column(fields: Mapping[str, Any]) -> Column:
    # What is said of a column only where it holds may be left out.
    if {*fields, "closed"} != _COLUMN_FIELDS or not isinstance(fields["name"], str):
        raise FormatError("A column of the schema has unknown or missing fields.")
    shape, categories = fields["shape"], fields["categories"]
    sound = (
        fields["dtype"] in DTYPES
        and fields["kind"] in get_args(Kind)
        and isinstance(fields["nullable"], bool)
        and all(type(size) is int and size > 0 for size in shape)
        and (categories is None or all(type(value) in {str, int} for value in categories))
        and _is_closed_soundly(fields)
    )
    if not sound:
        raise FormatError(f"Column '{fields['name']}' of the schema isn't valid.")
    return Schema.from_json([fields]).columns[0]


def _is_closed_soundly(fields: Mapping[str, Any]) -> bool:
    """Whether `closed` is left out, or true of a column that has categories of its own type."""
    kind = str if fields["dtype"] == "string" else int
    known = fields["categories"]
    closed = fields.get("closed") is True and {*map(type, known or ())} == {kind}
    return "closed" not in fields or closed


def _targets(
    told: Mapping[str, Any] | list[Any] | None, found: Mapping[str, Graph], learned: list[list[Any]]
) -> tuple[FittedTarget, ...]:
    """The targets of the manifest, each with its graphs and what it learned."""
    fields: list[Any] = told if isinstance(told, list) else [] if told is None else [told]
    ends = [_end(place, len(fields)) for place in range(len(fields))]
    targets = tuple(
        _target(one, found[f"target{end}"], found.get(f"inverse{end}"), numbers)
        for one, end, numbers in zip(fields, ends, learned, strict=True)
    )
    known = {f"{name}{end}" for end in ends for name in ("target", "inverse")}
    if strict.dump(targets_json(targets)) != strict.dump(told):
        raise FormatError("The target has other fields than column, task and classes.")
    if not set(found) <= {"features", *known}:
        raise FormatError(f"Member '{GRAPH}' holds the graphs {sorted(found)}.", member=GRAPH)
    return targets


def _target(
    fields: Mapping[str, Any], graph: Graph, inverse: Graph | None, learned: list[Any]
) -> FittedTarget:
    classes = fields["classes"]
    known = None if classes is None else tuple(classes)
    return FittedTarget(_column(fields["column"]), graph, inverse, known, tuple(learned))


def _check_fit(fitted: Fitted) -> None:
    names = fitted.schema.names
    features = tuple(fitted.spec.columns)
    outputs = tuple(name for name, _ in fitted.graph.outputs)
    if names != fitted.spec.inputs or features != outputs or len(set(names)) < len(names):
        raise FormatError(f"Schema {names}, spec {features} and graph {outputs} don't fit.")
    if set(fitted.learned) != set(features) or set(fitted.profile.columns) != set(names):
        raise FormatError("What was learned, or the profile, is of other columns than the schema.")
    for column in fitted.schema.columns:
        _check_extent(column, fitted.profile.columns[column.name])
    densities.check(fitted.profile, fitted.schema)
    _check_inputs(fitted.graph, {column.name: column.type for column in fitted.schema.columns})
    if [target.name for target in fitted.targets] != [one.name for one in fitted.spec.targets]:
        raise FormatError("The target isn't the one that the spec declares.")
    for target in fitted.targets:
        _check_target(target)


def _check_target(target: FittedTarget) -> None:
    _check_inputs(target.graph, {target.name: target.column.type})
    if (target.classes is None) == (target.inverse is None):
        raise FormatError("The target has neither or both of classes and an inverse.")
    if target.classes is not None:
        _check_classes(target.classes, target.graph)
    if target.inverse is not None:
        _check_inputs(target.inverse, {"prediction": TensorType("float64", target.column.shape)})


def _check_extent(column: Column, profile: ColumnProfile) -> None:
    if column.dtype not in INTEGERS:
        return
    limits = np.iinfo(column.dtype)
    for value in (profile.minimum, profile.maximum):
        if value is not None and not limits.min <= value <= limits.max:
            raise FormatError(f"The profile of column '{column.name}' is beyond {column.dtype}.")


def _check_classes(classes: tuple[Any, ...], graph: Graph) -> None:
    """See that the classes are named in the order of the codes that the target's graph gives."""
    found = [node for _, node in graph.outputs if isinstance(node, Lookup)]
    listed = [dict(zip(node.keys, node.values, strict=True)) for node in found]
    if not classes or listed != [{name: code for code, name in enumerate(classes)}]:
        raise FormatError("The classes aren't those of the target's graph, in the order of codes.")


def _check_inputs(graph: Graph, columns: Mapping[str, TensorType]) -> None:
    for node in graph.inputs:
        if columns.get(node.name) != node.type:
            raise FormatError(
                f"The graph takes '{node.name}' as {node.type}, and the schema doesn't."
            )


def _check_digests(fitted: Fitted, manifest: Manifest) -> None:
    digests = {name: serial.digest(graph) for name, graph in graphs(fitted).items()}
    if digests != manifest.graphs or fitted.digest != manifest.fitted:
        wrong = [name for name in digests if digests[name] != manifest.graphs.get(name)]
        raise IntegrityError(
            f"The {'graph ' + wrong[0] if wrong else 'preprocessing'} isn't the one that the "
            "manifest has the digest of.",
            remedy="The file was put together from parts of others; get the bundle again.",
        )
