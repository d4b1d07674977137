"""`samescale export`: a bundle into another ecosystem, or nothing."""

from __future__ import annotations

import json

import pytest

pytestmark = [pytest.mark.onnx, pytest.mark.sklearn]


def test_it_says_what_was_written(run, folder):
    code, out, err = run("export", "price.samescale", "--to", "onnx", "-o", "price.onnx")
    assert code == 0
    assert "price: float64, number" in out
    assert "asking it" in err
    assert (folder / "price.onnx").is_file()
    code, _, err = run("export", "price.samescale", "--to", "onnx", "-o", "price.onnx")
    assert code == 2
    assert "--force" in err
    code, out, err = run(
        "export", "price.samescale", "--to", "onnx", "-o", "price.onnx", "--force", "-q"
    )
    assert (code, out, err) == (0, "", "")


def test_json_is_all_there_is_on_standard_output(run):
    code, out, err = run("export", "band.samescale", "--to", "triton", "-o", "band", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["to"] == "triton"
    assert told["files"] == ["1/model.onnx", "config.pbtxt", "labels.txt"]
    assert {x["name"] for x in told["outputs"]} == {"probabilities", "band"}
    assert told["rows"] > 10


def test_the_list(run):
    code, out, _ = run("export", "--list")
    assert code == 0
    names = ("keras", "mlflow", "onnx", "saved_model", "sklearn", "torch", "triton")
    assert all(f" {name} " in out for name in names)
    _, out, _ = run("export", "--list", "--json")
    assert [one["to"] for one in json.loads(out)] == list(names)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("price.samescale", "--to", "onnx"), "There is no --out"),
        (("price.samescale", "-o", "x"), "There is no --to"),
        (("--to", "onnx", "-o", "x"), "There is no bundle"),
        (("price.samescale", "--to", "onxx", "-o", "x"), "Did you mean 'onnx'"),
        (("price.samescale", "--to", "keras", "-o", "x.keras"), "Export it to onnx"),
        (("no.samescale", "--to", "onnx", "-o", "x"), "There is no file"),
    ],
)
def test_a_wrong_call_is_told_and_nothing_is_written(run, folder, argv, said):
    before = set(folder.iterdir())
    code, out, err = run("export", *argv)
    assert (code, out) == (2, "")
    assert said in err
    assert set(folder.iterdir()) == before
