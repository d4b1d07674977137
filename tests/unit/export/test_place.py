"""An export appears whole or not at all, and never in place of what isn't one."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from samescale.errors import (
    BundleError,
    MissingExtraError,
    ProbeError,
    SourceError,
    SpecError,
    UnsupportedError,
)
from samescale.export import export, load, names
from samescale.export.onnx import work

pytestmark = [pytest.mark.onnx, pytest.mark.sklearn]


def test_there_are_seven():
    assert names() == ("keras", "mlflow", "onnx", "saved_model", "sklearn", "torch", "triton")
    assert [load(name).name for name in names()] == list(names())
    with pytest.raises(SpecError, match="Did you mean 'onnx'"):
        load("onxx")


def test_an_answer_that_differs_is_named_and_nothing_stays(bundles, tmp_path, monkeypatch):
    right = work.ask

    def wrong(*given):
        found = dict(right(*given))
        found["price"] = found["price"].copy()
        found["price"][3] += 1.0
        return found

    monkeypatch.setattr(work, "ask", wrong)
    with pytest.raises(
        ProbeError, match=r"Probe row 3: the export's 'price' is .*bundle's"
    ) as told:
        export(bundles["price"], "onnx", tmp_path / "b.onnx")
    assert told.value.details["got"] == told.value.details["recorded"] + 1.0
    assert list(tmp_path.iterdir()) == []


def test_another_class_is_named(bundles, tmp_path, monkeypatch):
    right = work.ask

    def wrong(*given):
        found = dict(right(*given))
        found["band"] = np.array(["high"] * len(found["band"]), object)
        return found

    monkeypatch.setattr(work, "ask", wrong)
    with pytest.raises(ProbeError, match="'band' is 'high', and the bundle's"):
        export(bundles["band"], "onnx", tmp_path / "b.onnx")


def test_an_old_export_stays_when_the_new_one_is_refused(bundles, tmp_path, monkeypatch):
    export(bundles["price"], "onnx", tmp_path / "b.onnx")
    before = (tmp_path / "b.onnx").read_bytes()
    monkeypatch.setattr(work, "ask", lambda *_: {"price": np.zeros(3)})
    with pytest.raises(ProbeError, match="of shape"):
        export(bundles["price"], "onnx", tmp_path / "b.onnx", overwrite=True)
    assert (tmp_path / "b.onnx").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["b.onnx"]


def test_what_is_there_is_replaced_only_when_asked(bundles, tmp_path):
    (tmp_path / "b.onnx").write_text("mine")
    with pytest.raises(BundleError, match="is there already"):
        export(bundles["price"], "onnx", tmp_path / "b.onnx")
    assert (tmp_path / "b.onnx").read_text() == "mine"
    export(bundles["price"], "onnx", tmp_path / "b.onnx", overwrite=True)
    assert (tmp_path / "b.onnx").stat().st_size > 1000


def test_a_folder_is_replaced_only_by_its_like(bundles, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter").write_text("mine")
    with pytest.raises(BundleError, match=r"no folder with 'config.pbtxt' in it"):
        export(bundles["price"], "triton", tmp_path / "home", overwrite=True)
    with pytest.raises(BundleError, match="no regular file"):
        export(bundles["price"], "onnx", tmp_path / "home", overwrite=True)
    assert (tmp_path / "home" / "letter").read_text() == "mine"
    export(bundles["price"], "triton", tmp_path / "model")
    (tmp_path / "model" / "1" / "model.onnx").write_text("old")
    export(bundles["band"], "triton", tmp_path / "model", overwrite=True)
    assert (tmp_path / "model" / "labels.txt").is_file()
    assert (tmp_path / "model" / "1" / "model.onnx").stat().st_size > 1000
    assert {path.name for path in tmp_path.iterdir()} == {"home", "model"}


def test_the_bundle_itself_is_never_written_over(bundles, tmp_path):
    path = tmp_path / "b.samescale"
    path.write_bytes(bundles["price"].read_bytes())
    (tmp_path / "link").symlink_to(path)
    for out in (path, tmp_path / "link"):
        with pytest.raises(SourceError, match="is the file that is read"):
            export(path, "onnx", out, overwrite=True)
    inside = tmp_path / "model"
    inside.mkdir()
    (inside / "config.pbtxt").write_text("")
    (inside / "b.samescale").write_bytes(path.read_bytes())
    with pytest.raises(BundleError, match="holds the bundle that is read"):
        export(inside / "b.samescale", "triton", inside, overwrite=True)


def test_a_place_that_is_none(bundles, tmp_path):
    with pytest.raises(BundleError, match="There is no folder"):
        export(bundles["price"], "onnx", tmp_path / "no" / "b.onnx")
    with pytest.raises(SpecError, match=r"End it with \.keras"):
        export(bundles["price"], "keras", tmp_path / "b.h5")
    with pytest.raises(BundleError, match="no name of a Triton model"):
        export(bundles["price"], "triton", tmp_path / "my model")


def test_a_kind_that_a_form_cannot_take_is_named(bundles, tmp_path):
    for to, out in (("keras", "b.keras"), ("torch", "b.pt2"), ("saved_model", "b")):
        with pytest.raises(UnsupportedError, match="kind 'sklearn'") as told:
            export(bundles["price"], to, tmp_path / out)
        assert "onnx" in told.value.remedy
    with pytest.raises(SpecError, match="onnx and triton can"):
        export(bundles["price"], "sklearn", tmp_path / "b.skops", fold=True)


def test_a_missing_package_is_named_with_its_extra(bundles, tmp_path, monkeypatch):
    real = importlib.import_module

    def lacking(name, *rest):
        if name == "samescale.export.mlflow.work":
            raise ModuleNotFoundError("No module named 'mlflow'", name="mlflow")
        return real(name, *rest)

    monkeypatch.setattr("samescale.export.importlib.import_module", lacking)
    with pytest.raises(MissingExtraError, match=r"samescale\[mlflow\]"):
        export(bundles["price"], "mlflow", tmp_path / "b")
