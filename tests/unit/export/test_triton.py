"""Triton: a model folder whose config agrees with its model."""

from __future__ import annotations

import pytest

from samescale.errors import UnsupportedError
from samescale.export import export
from samescale.export.triton import config, read

pytestmark = [pytest.mark.onnx, pytest.mark.sklearn]


def test_the_folder(bundles, tmp_path):
    made = export(bundles["band"], "triton", tmp_path / "band")
    assert made.files == ("1/model.onnx", "config.pbtxt", "labels.txt")
    assert (tmp_path / "band" / "labels.txt").read_text("utf-8").splitlines() == list(made.classes)
    told = read.parsed((tmp_path / "band" / "config.pbtxt").read_text())
    assert (told["name"], told["backend"]) == ("band", "onnxruntime")
    assert told["max_batch_size"] > 0
    types = {x["name"]: (x["data_type"], x["dims"]) for x in told["input"]}
    assert types["city"] == ("TYPE_STRING", [1])
    assert types["id"] == ("TYPE_FP64", [1])
    probabilities, label = told["output"]
    assert probabilities["dims"] == [3]
    assert probabilities["label_filename"] == "labels.txt"
    # Rows are the batch, so nothing is left of [rows]: Triton gives it as [rows, 1].
    assert (label["dims"], label["reshape"]) == ([1], {"shape": []})


def test_a_number_has_no_labels(bundles, tmp_path):
    made = export(bundles["price"], "triton", tmp_path / "price")
    assert made.files == ("1/model.onnx", "config.pbtxt")


def test_protobuf_reads_the_config_alike(bundles, tmp_path):
    text_format = pytest.importorskip("google.protobuf.text_format")
    struct = pytest.importorskip("google.protobuf.descriptor_pb2")
    export(bundles["band"], "triton", tmp_path / "band")
    made = text_format.Parse(
        (tmp_path / "band" / "config.pbtxt").read_text(), _model_config(struct)()
    )
    assert [x.name for x in made.input] == ["size", "city", "when", "id", "age"]
    assert made.output[1].HasField("reshape")
    assert not made.output[1].reshape.shape


def _model_config(struct):
    """A message with the fields of Triton's ModelConfig that are written here."""
    from google.protobuf import descriptor_pool, message_factory

    field = struct.FieldDescriptorProto
    file = struct.FileDescriptorProto(name="config.proto", package="t", syntax="proto3")

    def message(name, fields):
        one = file.message_type.add(name=name)
        for number, (key, kind, repeated) in enumerate(fields, 1):
            label = field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL
            added = one.field.add(name=key, number=number, label=label)
            if isinstance(kind, str):
                added.type, added.type_name = field.TYPE_MESSAGE, f".t.{kind}"
            else:
                added.type = kind
            if key == "data_type":
                added.type, added.type_name = field.TYPE_ENUM, ".t.DataType"

    types = file.enum_type.add(name="DataType")
    for number, name in enumerate(["TYPE_INVALID", *config.TYPES.values()]):
        types.value.add(name=name, number=number)
    text, whole = field.TYPE_STRING, field.TYPE_INT64
    message("Shape", [("shape", whole, True)])
    values = [("name", text, False), ("data_type", whole, False), ("dims", whole, True)]
    values += [("reshape", "Shape", False), ("label_filename", text, False)]
    message("Value", values)
    message("Batching", [])
    names = ("name", "backend", "default_model_filename")
    fields = [(name, text, False) for name in names] + [("max_batch_size", whole, False)]
    fields += [("input", "Value", True), ("output", "Value", True)]
    message("Config", [*fields, ("dynamic_batching", "Batching", False)])
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("t.Config"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('name: "a', "no token"),
        ("name 3", "stands behind 'name'"),
        ('name: "a" name: "b"', "twice"),
        ("weight: 3", "no field"),
        ("input {", "too early"),
        ("input { dims: [ 1 2 ] }", "comma"),
        ("input { dims: [ { ] }", "stands for a value"),
    ],
)
def test_what_is_no_config_is_refused(text, reason):
    with pytest.raises(UnsupportedError, match=reason):
        read.parsed(text)


def test_names_are_quoted():
    name = 'a "b"\\ ø\n'
    assert read.parsed(f"name: {config.quoted(name)}")["name"] == name


def test_a_config_of_another_model_is_refused(bundles, tmp_path):
    export(bundles["band"], "triton", tmp_path / "band")
    path = tmp_path / "band" / "config.pbtxt"
    content = (tmp_path / "band" / "1" / "model.onnx").read_bytes()
    for old, new, reason in (
        ('"band"\nbackend', '"other"\nbackend', "is of 'other'"),
        ("TYPE_FP64", "TYPE_FP32", "TYPE_FP32"),
        ('"size"', '"sise"', "inputs are"),
        ("labels.txt", "lables.txt", "no 'lables.txt'"),
    ):
        told = read.parsed(path.read_text().replace(old, new, 1))
        with pytest.raises(UnsupportedError, match=reason):
            read.check(told, tmp_path / "band", content)
