"""The Open Inference Protocol (v2, REST) with JSON tensors.

Source: https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, final

import msgspec
import numpy as np

from samescale.findings import Finding
from samescale.serve.http import Refused
from samescale.serve.rows import repeated
from samescale.serve.tensors import array, datatype

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from samescale.ir.types import Array
    from samescale.predictor import Answer, Predictor

MATRIX = ("features", "input")
"""Names under which one tensor, rows × columns in the schema's order, may stand for all."""

VERSION = "1"
_BINARY = {"binary_data_size", "shared_memory_region"}


@final
class Tensor(msgspec.Struct, forbid_unknown_fields=True):
    """An input tensor."""

    name: str
    shape: list[int]
    datatype: str
    data: msgspec.Raw = msgspec.Raw(b"")
    parameters: dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET


@final
class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """An output that is asked for."""

    name: str
    parameters: dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET


@final
class Inference(msgspec.Struct, forbid_unknown_fields=True):
    """The body of an inference request."""

    inputs: list[Tensor]
    id: str | msgspec.UnsetType | None = msgspec.UNSET
    parameters: dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET
    outputs: list[Wanted] | msgspec.UnsetType | None = msgspec.UNSET


_decode = msgspec.json.Decoder(Inference).decode


def read(body: bytes) -> Inference:
    """The request of a body.

    Raises:
        Refused: 400, if it isn't one.
    """
    try:
        request = _decode(body)
    except (ValueError, RecursionError) as error:
        finding = Finding("SG106", f"The body can't be read: {error}.", "Send a v2 request.")
        raise Refused(400, str(finding), [finding]) from None
    if body.count(b":") != _colons(request) and (repeat := repeated(body)):
        raise Refused(400, str(repeat), [repeat])
    for tensor in request.inputs:
        if not bytes(tensor.data) or _BINARY & set(tensor.parameters or ()):
            raise Refused(
                400,
                f"Tensor '{tensor.name[:60]}' has no JSON data. The binary extension isn't "
                "spoken here: send binary_data=False.",
            )
    return request


def table(request: Inference, predictor: Predictor, max_rows: int) -> Array | dict[str, Array]:
    """The tensors of a request as a table for the door.

    Raises:
        Refused: 400, or 413 for too many rows.
    """
    names = [tensor.name for tensor in request.inputs]
    if len(set(names)) < len(names):
        raise Refused(400, "Two tensors have the same name. Send one a column.")
    arrays = {t.name: array(t.name, t.datatype, t.shape, t.data) for t in request.inputs}
    rows = max(map(len, arrays.values()), default=0)
    if rows > max_rows:
        raise Refused(413, f"{rows} rows are more than the {max_rows} allowed.")
    schema = predictor.schema
    if len(names) == 1 and names[0] in MATRIX and names[0] not in schema.names:
        return arrays[names[0]]
    plain = {column.name for column in schema.columns if not column.shape}
    return {name: _column(tensor, name in plain) for name, tensor in arrays.items()}


def response(request: Inference, answer: Answer, name: str, classes: Any) -> bytes:
    """The body of an answer.

    Args:
        request: What was asked.
        answer: What was answered.
        name: The model's name.
        classes: Those of the predictor.

    Raises:
        Refused: 400, if an output is asked for that there isn't.
    """
    outputs = _chosen(request, list(_outputs(answer, classes)))
    content: dict[str, Any] = {"model_name": name, "model_version": VERSION}
    if isinstance(request.id, str):
        content["id"] = request.id
    if answer.findings:
        notes = json.dumps([finding.to_json() for finding in answer.findings])
        content["parameters"] = {"findings": notes}
    return msgspec.json.encode({**content, "outputs": outputs})


def metadata(predictor: Predictor, name: str) -> dict[str, Any]:
    """What the protocol says of a model."""
    inputs = [
        {"name": c.name, "datatype": datatype(c), "shape": [-1, *c.shape]}
        for c in predictor.schema.columns
    ]
    targets = predictor.fitted.targets
    named = [(f"_{one.name}" if len(targets) > 1 else "", one.answers) for one in targets]
    outputs: list[dict[str, Any]] = []
    for end, classes in named or [("", None)]:
        outputs.append({"name": f"prediction{end}", "datatype": _kind(classes), "shape": [-1]})
        if classes is not None:
            told = {"name": f"probabilities{end}", "datatype": "FP64", "shape": [-1, len(classes)]}
            outputs.append(told)
    facts = {"name": name, "versions": [VERSION], "platform": "samescale"}
    return {**facts, "inputs": inputs, "outputs": outputs}


def _outputs(answer: Answer, classes: Any) -> Iterable[dict[str, Any]]:
    if not isinstance(answer.predictions, dict):
        yield from _of_target("", answer.predictions, answer.probabilities, classes)
        return
    known = classes or {}
    chances = answer.probabilities if isinstance(answer.probabilities, dict) else {}
    for name, found in answer.predictions.items():
        yield from _of_target(f"_{name}", found, chances.get(name), known.get(name))


def _of_target(
    end: str, predictions: Array, given: Array | None, classes: Sequence[str | int] | None
) -> Iterable[dict[str, Any]]:
    """The outputs of one target: `prediction`, and `probabilities` of a class, and `end`."""
    yield _output(f"prediction{end}", _kind(classes), predictions)
    if given is not None:
        yield _output(f"probabilities{end}", "FP64", given)


def _output(name: str, kind: str, values: Array) -> dict[str, Any]:
    data = values.ravel().tolist()
    return {"name": name, "datatype": kind, "shape": list(values.shape), "data": data}


def _kind(classes: Sequence[str | int] | None) -> str:
    if classes is None:
        return "FP64"
    if any(isinstance(name, bool) for name in classes):
        return "BOOL"
    return "BYTES" if any(isinstance(name, str) for name in classes) else "INT64"


def _chosen(request: Inference, outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not isinstance(request.outputs, list):
        return outputs
    known = {output["name"]: output for output in outputs}
    for wanted in request.outputs:
        if wanted.name not in known:
            names = ", ".join(known)
            raise Refused(400, f"There is no output '{wanted.name[:60]}'. There are: {names}.")
        if "classification" in (wanted.parameters or ()):
            raise Refused(400, "The classification extension isn't spoken here.")
    return [known[wanted.name] for wanted in request.outputs] or outputs


def _column(tensor: Array, plain: bool) -> Array:
    """A tensor as a column; `(rows, 1)` is how many clients send a plain one."""
    if plain and tensor.ndim == 2 and tensor.shape[1] == 1:  # noqa: PLR2004
        return np.ascontiguousarray(tensor[:, 0])
    return tensor


def _colons(request: Inference) -> int:
    """How many colons the names of a request take; more say that one may be given twice."""
    given = (request.id, request.parameters, request.outputs)
    count = 1 + sum(value is not msgspec.UNSET for value in given) + _inside(request.parameters)
    for tensor in request.inputs:
        has = tensor.parameters is not msgspec.UNSET
        count += 3 + bool(bytes(tensor.data)) + has + _inside(tensor.parameters)
    outputs = request.outputs if isinstance(request.outputs, list) else []
    for wanted in outputs:
        count += 1 + (wanted.parameters is not msgspec.UNSET) + _inside(wanted.parameters)
    return count


def _inside(parameters: dict[str, Any] | msgspec.UnsetType | None) -> int:
    return len(parameters) if isinstance(parameters, dict) else 0
