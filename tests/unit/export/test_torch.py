"""torch: an exported program that takes a dict of tensors by column."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch import nn

import samescale as ss
from samescale.export import export
from tests.unit.export.conftest import adapted, table

pytestmark = pytest.mark.torch


def saved(target, *last, tmp_path):
    fitted = adapted(target)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(len(fitted.feature_names), 8), nn.Tanh(), *last)
    ss.Bundle(fitted, model).save(tmp_path / "b.samescale")
    return fitted, tmp_path / "b.samescale"


def ask(fitted, path, rows):
    given = fitted.torch_inputs({name: rows[name] for name in fitted.schema.names})
    with torch.inference_mode():
        return torch.export.load(path).module()(given)


def test_a_number_comes_in_the_targets_units(tmp_path, wanted):
    fitted, path = saved("price", nn.Linear(8, 1), tmp_path=tmp_path)
    made = export(path, "torch", tmp_path / "made.pt2")
    assert [(x.name, x.dtype) for x in made.outputs] == [("price", "float64")]
    assert {x.name: x.dtype for x in made.inputs}["id"] == "float64"
    for count in (120, 1):
        rows = {name: x[:count] for name, x in table(seed=6).items()}
        found = ask(fitted, tmp_path / "made.pt2", rows)["price"].numpy()
        np.testing.assert_allclose(found, wanted(path, rows).predictions, rtol=1e-6)


def test_a_class_is_a_code_and_the_file_says_of_what(tmp_path, wanted):
    last = (nn.Linear(8, 3), nn.Softmax(-1))
    fitted, path = saved("band", *last, tmp_path=tmp_path)
    made = export(path, "torch", tmp_path / "made.pt2")
    assert [x.of for x in made.outputs] == ["probabilities", "code"]
    rows = table(seed=6)
    found, answer = ask(fitted, tmp_path / "made.pt2", rows), wanted(path, rows)
    classes = np.array(made.classes, object)
    assert classes[found["band"].numpy()].tolist() == answer.predictions.tolist()
    files = {"samescale.json": ""}
    torch.export.load(tmp_path / "made.pt2", extra_files=files)
    told = json.loads(files["samescale.json"])
    assert json.loads(told["samescale.classes"]) == list(made.classes)
    content = (tmp_path / "made.pt2").read_bytes()
    assert b"site-packages" not in content
    assert str(tmp_path).encode() not in content


def test_a_boolean_is_one(tmp_path):
    fitted, path = saved("sold", nn.Linear(8, 1), nn.Sigmoid(), tmp_path=tmp_path)
    export(path, "torch", tmp_path / "made.pt2")
    found = ask(fitted, tmp_path / "made.pt2", table())
    assert found["sold"].dtype == torch.bool
    assert found["probabilities"].shape == (120, 2)


@pytest.mark.onnx
def test_onnx_too(tmp_path):
    _, path = saved("band", nn.Linear(8, 3), nn.Softmax(-1), tmp_path=tmp_path)
    made = export(path, "onnx", tmp_path / "made.onnx")
    assert [x.dtype for x in made.outputs] == ["float32", "string"]
