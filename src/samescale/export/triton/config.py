"""`config.pbtxt` of an ONNX model, in protobuf's text format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onnx import TensorProto

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import onnx

    from samescale.export.base import Given

MOST_ROWS: Final = 1024
TYPES: Final = {
    TensorProto.BOOL: "TYPE_BOOL",
    TensorProto.UINT8: "TYPE_UINT8",
    TensorProto.UINT16: "TYPE_UINT16",
    TensorProto.UINT32: "TYPE_UINT32",
    TensorProto.UINT64: "TYPE_UINT64",
    TensorProto.INT8: "TYPE_INT8",
    TensorProto.INT16: "TYPE_INT16",
    TensorProto.INT32: "TYPE_INT32",
    TensorProto.INT64: "TYPE_INT64",
    TensorProto.FLOAT16: "TYPE_FP16",
    TensorProto.FLOAT: "TYPE_FP32",
    TensorProto.DOUBLE: "TYPE_FP64",
    TensorProto.STRING: "TYPE_STRING",
}


def text(name: str, model: onnx.ModelProto, labels: str, labelled: Given | None) -> str:
    """The config.

    Rows are Triton's batch, which stands before `dims` and isn't in them. An output of `[rows]`
    has no axis left, which `dims` can't say: it is given as `[rows, 1]`, by `reshape`.

    Args:
        name: What the model is called: the folder's name.
        model: The model.
        labels: The labels file, if there is one.
        labelled: The output whose entries it names.
    """
    graph = model.graph
    lines = [
        f"name: {quoted(name)}",
        'backend: "onnxruntime"',
        'default_model_filename: "model.onnx"',
        f"max_batch_size: {MOST_ROWS}",
        *(line for x in graph.input for line in _block("input", x, "")),
        *(
            line
            for x in graph.output
            for line in _block("output", x, labels if labelled and x.name == labelled.name else "")
        ),
        "dynamic_batching { }",
        "",
    ]
    return "\n".join(lines)


def quoted(text_: str) -> str:
    r"""A text as protobuf's text format has it: its UTF-8, what isn't plain as octal.

    >>> print(quoted('km/h "ø"'))
    "km/h \"\303\270\""
    """
    plain = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else _escaped(byte)  # noqa: PLR2004 - ASCII
        for byte in text_.encode()
    )
    return f'"{plain}"'


def _escaped(byte: int) -> str:
    return f"\\{chr(byte)}" if byte in b'"\\' else f"\\{byte:03o}"


def dims(value: onnx.ValueInfoProto) -> tuple[int, ...]:
    """The sizes of one row; -1 where the model leaves it open."""
    sizes = list(value.type.tensor_type.shape.dim)[1:]
    return tuple(size.dim_value or -1 for size in sizes)


def _block(field: str, value: onnx.ValueInfoProto, labels: str) -> Iterator[str]:
    row = dims(value)
    yield f"{field} {{"
    yield f"  name: {quoted(value.name)}"
    yield f"  data_type: {TYPES[value.type.tensor_type.elem_type]}"
    yield f"  dims: {_listed(row or (1,))}"
    if not row:
        yield "  reshape { shape: [ ] }"
    if labels:
        yield f"  label_filename: {quoted(labels)}"
    yield "}"


def _listed(sizes: Iterable[int]) -> str:
    return f"[ {', '.join(map(str, sizes))} ]"
