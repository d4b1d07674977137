"""The served form: ONNX Runtime answers as the model does, or the model answers."""

import json
import pickle
import subprocess
import sys
import textwrap

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pd = pytest.importorskip("pandas")
pytest.importorskip("onnxruntime")
from sklearn.linear_model import LogisticRegression, Ridge  # noqa: E402
from sklearn.neighbors import KNeighborsRegressor  # noqa: E402
from sklearn.neural_network import MLPRegressor  # noqa: E402

import samescale as ss  # noqa: E402
from samescale.bundle import archive, inspect, served, verify  # noqa: E402
from samescale.bundle.manifest import MANIFEST, Manifest  # noqa: E402
from samescale.bundle.read import audit, by_onnx, parse, read  # noqa: E402
from samescale.errors import (  # noqa: E402
    FormatError,
    ProbeError,
    SourceError,
    SpecError,
    UnsupportedError,
)

pytestmark = [pytest.mark.onnx, pytest.mark.sklearn]
CITIES = ("Bergen", "Kyiv", "Oslo")


def _table(rows=300, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "size": rng.normal(80, 20, rows),
        "age": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(30, 9, rows)),
        "city": np.array(CITIES, object)[rng.integers(0, 3, rows)],
        "price": rng.normal(300, 40, rows),
        "sold": np.array(["no", "yes"], object)[rng.integers(0, 2, rows)],
    }


def _spec(target):
    return ss.Spec(
        {
            "size": [ss.Log1p(), ss.Normalization()],
            "age": [ss.Impute("median"), ss.Normalization()],
            "city": [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")],
        },
        target=target,
    )


def _bundle(model, target, path):
    fitted = _spec(target).adapt(_table())
    model.fit(fitted.matrix(_table()), fitted.labels(_table()))
    ss.Bundle(fitted, model).save(path)
    return path


@pytest.fixture(scope="module")
def price(tmp_path_factory):
    model = MLPRegressor(hidden_layer_sizes=(16, 8), max_iter=30, random_state=0)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        return _bundle(
            model,
            ss.Target("price", ss.Normalization()),
            tmp_path_factory.mktemp("served") / "price.samescale",
        )


@pytest.fixture(scope="module")
def sold(tmp_path_factory):
    path = tmp_path_factory.mktemp("served") / "sold.samescale"
    return _bundle(LogisticRegression(), ss.Target("sold", ss.StringLookup()), path)


def _rows(table):
    names = ("size", "age", "city")
    return [
        dict(zip(names, row, strict=True))
        for row in zip(*(table[n].tolist() for n in names), strict=True)
    ]


@pytest.mark.parametrize("which", ["price", "sold"])
def test_both_runtimes_answer_alike(which, request):
    path = request.getfixturevalue(which)
    quick, native = ss.load(path), ss.load(path, runtime="native")
    assert quick.runtime.label.startswith("ONNX Runtime")
    assert native.runtime.label == "SklearnRuntime"
    table = {name: x for name, x in _table(5_000, seed=1).items() if name not in {"price", "sold"}}
    a, b = quick.answer(table), native.answer(table)
    if which == "price":
        np.testing.assert_allclose(a.predictions, b.predictions, rtol=1e-9)
    else:
        np.testing.assert_allclose(a.probabilities, b.probabilities, rtol=1e-9)


def test_a_row_is_answered_alike_in_any_batch(price):
    predictor = ss.load(price, runtime="onnx")
    table = _table(700, seed=2)
    whole = predictor.predict({name: table[name] for name in ("size", "age", "city")})
    for place, row in enumerate(_rows(table)[:40]):
        assert predictor.predict(row)[0] == whole[place]


def test_a_lane_answers_what_all_rows_get(tmp_path):
    rng = np.random.default_rng(0)
    table = {f"c{i}": rng.normal(i, 2, 400) for i in range(6)} | {"y": rng.normal(size=400)}
    spec = ss.Spec(
        {f"c{i}": ss.Normalization() for i in range(6)}, target=ss.Target("y", ss.Normalization())
    )
    fitted = spec.adapt(table)
    model = Ridge().fit(fitted.matrix(table), fitted.labels(table))
    ss.Bundle(fitted, model).save(tmp_path / "a.samescale")
    predictor = ss.load(tmp_path / "a.samescale")
    assert predictor.lane is not None
    given = {name: x for name, x in table.items() if name != "y"}
    whole = predictor.predict(given)
    answered = 0
    for place in range(100):
        row = {name: float(x[place]) for name, x in given.items()}
        answered += predictor.lane.answer(row) is not None
        assert predictor.predict(row)[0] == whole[place]
        assert predictor.answer(row).predictions.dtype == np.float64
    assert answered >= 90  # the least and the greatest of training are looked at twice


@pytest.mark.parametrize(
    "change",
    [
        {"c0": None},
        {"c0": float("nan")},
        {"c0": float("inf")},
        {"c0": 1e9},
        {"c0": "1.5"},
        {"c0": True},
        {"c0": 10**400},
        {"more": 1.0},
    ],
)
def test_a_lane_leaves_what_is_out_of_the_ordinary(tmp_path, change):
    rng = np.random.default_rng(0)
    table = {f"c{i}": rng.normal(i, 2, 400) for i in range(3)} | {"y": rng.normal(size=400)}
    fitted = ss.Spec({f"c{i}": ss.Normalization() for i in range(3)}, target=ss.Target("y")).adapt(
        table
    )
    model = Ridge().fit(fitted.matrix(table), fitted.labels(table))
    ss.Bundle(fitted, model).save(tmp_path / "a.samescale")
    predictor = ss.load(tmp_path / "a.samescale")
    row = {"c0": 0.0, "c1": 1.0, "c2": 2.0, **change}
    assert predictor.lane.answer(row) is None
    assert predictor.lane.answer({"c0": 0.0, "c1": 1.0}) is None
    native = ss.load(tmp_path / "a.samescale", runtime="native")
    assert _outcome(predictor, row) == _outcome(native, row)


def _outcome(predictor, row):
    try:
        answer = predictor.answer(row)
    except ss.SamescaleError as error:
        return str(error)
    return [round(x, 9) for x in answer.predictions.tolist()], [str(f) for f in answer.findings]


def test_the_models_framework_isnt_imported(price):
    code = f"""
        import sys
        import samescale as ss
        predictor = ss.load({str(price)!r})
        predictor.predict({{"size": 80.0, "age": 30.0, "city": "Oslo"}})
        assert not {{"sklearn", "keras", "torch"}} & set(sys.modules), sys.modules.keys()
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


def test_a_model_without_a_form_says_why(tmp_path):
    path = _bundle(KNeighborsRegressor(), ss.Target("price", ss.Normalization()), tmp_path / "k")
    assert ss.load(path).runtime.label == "SklearnRuntime"
    with pytest.raises(UnsupportedError, match="KNeighborsRegressor"):
        ss.load(path, runtime="onnx")
    assert "KNeighborsRegressor" in inspect(path).text()
    assert verify(path).ok


def test_without_onnx_runtime_the_model_answers(price, monkeypatch):
    monkeypatch.setattr(served, "find_spec", lambda _: None)
    assert ss.load(price).runtime.label == "SklearnRuntime"
    assert "where samescale[onnx] is installed" in inspect(price).text()


def test_without_onnx_a_bundle_has_no_form(tmp_path, monkeypatch):
    monkeypatch.setattr(served, "find_spec", lambda _: None)
    path = _bundle(Ridge(), ss.Target("price", ss.Normalization()), tmp_path / "r")
    monkeypatch.undo()
    assert served.NETWORK not in parse(path.read_bytes()).members
    assert ss.load(path).runtime.label == "SklearnRuntime"


def test_there_is_no_other_runtime(price):
    with pytest.raises(SpecError, match="tensorrt"):
        ss.load(price, runtime="tensorrt")


def _changed(path, change):
    """The bundle with members changed and its manifest made to fit, as an attacker would."""
    parsed = parse(path.read_bytes())
    members = {name: bytes(data) for name, data in parsed.members.items()}
    change(members)
    manifest = parsed.manifest.over(members)
    assert isinstance(manifest, Manifest)
    whole = {**members, MANIFEST: manifest.to_bytes()}
    return b"".join(bytes(piece) for piece in archive.pack(whole))


def _shifted(members):
    model = onnx.load_model_from_string(members[served.NETWORK])
    last = next(t for t in model.graph.initializer if len(t.dims) == 2)
    values = onnx.numpy_helper.to_array(last) * 1.01
    last.CopyFrom(onnx.numpy_helper.from_array(values, last.name))
    members[served.NETWORK] = model.SerializeToString()


def test_a_changed_network_never_answers(price, tmp_path):
    path = tmp_path / "changed"
    path.write_bytes(_changed(price, _shifted))
    with pytest.raises(ProbeError):
        read(path, runtime="onnx")
    assert read(path).runtime.label == "SklearnRuntime"
    found = verify(path)
    assert not found.ok or not all(check.ok for check in found.checks)


@pytest.mark.parametrize(
    "told",
    [
        [],
        {},
        {"rtol": 1.0, "why": ""},
        {"rtol": -1.0, "why": ""},
        {"rtol": "0", "why": ""},
        {"rtol": True, "why": ""},
        {"rtol": 1e-9, "why": "no"},
        {"rtol": 1e-9, "why": 3},
    ],
)
def test_what_the_form_says_of_itself_is_checked(price, told):
    def change(members):
        members[served.JSON] = json.dumps(told).encode()

    with pytest.raises(FormatError):
        audit(parse(_changed(price, change)))


@pytest.mark.parametrize("data", [b"", b"\x00", b"no model", b"\x08\x08" + b"\xff" * 40])
def test_a_network_that_is_none_is_refused(price, data):
    def change(members):
        members[served.NETWORK] = data

    with pytest.raises(FormatError):
        audit(parse(_changed(price, change)))


def test_a_network_without_its_line_is_refused(price):
    with pytest.raises(FormatError, match=r"served\.json"):
        audit(parse(_changed(price, lambda members: members.pop(served.JSON))))


def test_the_replay_is_told(price):
    runtime, replayed = by_onnx(audit(parse(price.read_bytes())))
    assert replayed.feature_ulps == 0
    assert replayed.answer_rtol <= 1e-4
    assert "nodes" in runtime.label


@pytest.mark.parametrize("which", ["price", "sold"])
def test_a_predictor_goes_to_another_process(which, request):
    predictor = ss.load(request.getfixturevalue(which))
    table = {name: x[:9] for name, x in _table().items() if name not in {"price", "sold"}}
    again = pickle.loads(pickle.dumps(predictor))
    assert again.runtime.label == predictor.runtime.label
    assert again.manifest == predictor.manifest
    assert (again.predict(table) == predictor.predict(table)).all()


def test_a_job_of_another_runtime_is_another(price, tmp_path):
    table = {name: x for name, x in _table().items() if name not in {"price", "sold"}}
    pd.DataFrame(table).to_parquet(tmp_path / "rows.parquet")
    out, quick = tmp_path / "out.csv", ss.load(price, runtime="onnx")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("samescale.sinks.join", _broken)
        with pytest.raises(KeyboardInterrupt):
            quick.predict_file(tmp_path / "rows.parquet", out, resume=True)
    with pytest.raises(SourceError, match="its runtime is another"):
        ss.load(price, runtime="native").predict_file(tmp_path / "rows.parquet", out, resume=True)
    assert quick.predict_file(tmp_path / "rows.parquet", out, resume=True).rows == 300


def _broken(*_):
    raise KeyboardInterrupt


def test_a_network_that_isnt_run_here_is_left_to_the_model(price, tmp_path, monkeypatch):
    def unrun(_):
        raise RuntimeError("Could not find an implementation for Gemm(13).\nMore lines")

    monkeypatch.setattr("samescale.models._onnx.session", unrun)
    assert read(price).runtime.label == "SklearnRuntime"
    with pytest.raises(UnsupportedError, match=r"can't run the network: RuntimeError: Could not"):
        read(price, runtime="onnx")
    path = _bundle(Ridge(), ss.Target("price", ss.Normalization()), tmp_path / "made")
    assert "can't run the network" in inspect(path).text()


def test_answers_of_another_shape_are_told_in_words(tmp_path, monkeypatch):
    real = served.difference
    monkeypatch.setattr(served, "difference", lambda a, b: real(a[:, None], b))
    path = _bundle(Ridge(), ss.Target("price", ss.Normalization()), tmp_path / "made")
    assert "another shape or dtype" in inspect(path).text()
    assert verify(path).ok
