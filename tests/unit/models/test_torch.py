"""torch models in a bundle: what fits, what is stored, what is refused, what is answered."""

from __future__ import annotations

import copy
import json
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402 - after importorskip

import samescale as ss  # noqa: E402
from samescale import models, sources  # noqa: E402
from samescale.errors import DataError, ModelError, SpecError, UnsupportedError  # noqa: E402
from samescale.models.torch.rows import features as training_features  # noqa: E402
from samescale.models.torch.store import PROGRAM, WEIGHTS  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore::FutureWarning")]
KIND = models.load("torch")
ROWS = 240


def table(rows: int = ROWS, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    age, city = rng.normal(40, 12, rows), rng.choice(np.array(["Oslo", "Rome"], object), rows)
    price = 1e5 + 2_000 * age + 5e4 * (city == "Rome")
    size = np.where(price > np.median(price), "large", "small").astype(object)
    return {"age": age, "city": city, "price": price, "size": size}


CITY = ss.StringLookup(output_mode="one_hot")
COLUMNS = {"age": ss.Normalization(), "city": CITY}
TABLE = table()
NUMBER = ss.Spec(COLUMNS, target=ss.Target("price", ss.Normalization())).adapt(TABLE)
CLASS = ss.Spec(COLUMNS, target=ss.Target("size", ss.StringLookup(num_oov_indices=0))).adapt(TABLE)
WIDTH = len(NUMBER.feature_names)


def network(answers: int = 1, *last: nn.Module) -> nn.Module:
    torch.manual_seed(5)
    return nn.Sequential(nn.Linear(WIDTH, 8), nn.ReLU(inplace=True), nn.Linear(8, answers), *last)


class Noisy(nn.Module):
    """Layers that do otherwise in training."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.inner = nn.Sequential(
            nn.Linear(WIDTH, 6), nn.BatchNorm1d(6), nn.Dropout(0.5), nn.Linear(6, 1)
        )

    def forward(self, x):
        return self.inner(x)


def stored(model, fitted):
    KIND.check(model, fitted)
    return KIND.save(model), KIND.config(model, fitted)


def loaded(model, fitted):
    members, config = stored(model, fitted)
    return KIND.load(members, config, fitted)


def columns(fitted, rows=64, seed=3):
    return fitted.admit({k: v for k, v in table(rows, seed).items() if k in fitted.schema.names})


@pytest.fixture(scope="module")
def plain():
    model = network()
    return model, *stored(model, NUMBER)


def test_it_answers_as_the_module_in_eval(plain):
    model, members, config = plain
    given = columns(NUMBER)
    with torch.no_grad():
        wanted = model(torch.from_numpy(NUMBER.matrix_of(given))).numpy()[:, 0]
    found = KIND.load(members, config, NUMBER).predict(given)
    assert found.dtype == np.float32
    assert np.abs(found - wanted).max() <= KIND.rtol


def test_a_model_left_in_training_answers_as_in_eval_and_stays_so():
    model = Noisy()
    model(torch.randn(50, WIDTH) * 3)
    assert model.training
    given = columns(NUMBER)
    found = loaded(model, NUMBER).predict(given)
    assert all(part.training for part in model.modules())
    with torch.no_grad():
        wanted = model.eval()(torch.from_numpy(NUMBER.matrix_of(given))).numpy()[:, 0]
    assert np.abs(found - wanted).max() <= KIND.rtol


def test_a_row_is_answered_alike_in_any_batch(plain):
    _, members, config = plain
    runtime = KIND.load(members, config, NUMBER)
    many = columns(NUMBER, 5000)
    whole = runtime.predict(many)
    for rows in (0, 1, 3, 17, 100):
        some = runtime.predict({name: x[:rows] for name, x in many.items()})
        assert some.shape == (rows,)
        assert (np.abs(some - whole[:rows]) <= KIND.rtol * np.maximum(1, np.abs(some))).all()


def test_threads_answer_alike(plain):
    _, members, config = plain
    runtime, given = KIND.load(members, config, NUMBER), columns(NUMBER)
    wanted = runtime.predict(given)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: runtime.predict(given), range(16)))
    assert all(np.array_equal(x, wanted) for x in found)


def test_the_same_model_is_the_same_bytes_and_nothing_of_this_machine(plain):
    model, members, _ = plain
    assert KIND.save(model) == members
    assert b"site-packages" not in members[PROGRAM]
    assert b".py" not in members[PROGRAM]


def test_the_network_of_a_raw_module_is_stored(plain):
    model, members, config = plain
    raw = NUMBER.to_torch(model)
    again, told = stored(raw, NUMBER)
    assert told == {**config, "form": "raw"}
    given = columns(NUMBER)
    wanted = KIND.load(members, config, NUMBER).predict(given)
    assert np.array_equal(KIND.load(again, told, NUMBER).predict(given), wanted)


def test_preprocessing_of_another_fitted_is_refused():
    other = ss.Spec(COLUMNS, target=NUMBER.spec.target).adapt(table(seed=9))
    with pytest.raises(ModelError, match="another fitted"):
        KIND.check(other.to_torch(network()), NUMBER)


def test_preprocessing_that_was_edited_is_refused():
    raw = NUMBER.to_torch(network())
    name, mean = next((k, x) for k, x in raw.preprocessing.named_buffers() if x.is_floating_point())
    raw.preprocessing.get_buffer(name).copy_(mean + 1)
    with pytest.raises(ModelError, match="other features"):
        KIND.check(raw, NUMBER)


def test_an_exported_program_is_taken(plain):
    model, members, _ = plain
    rows = torch.export.Dim("rows", min=1)
    program = torch.export.export(
        model, (torch.zeros(3, WIDTH),), dynamic_shapes=({0: rows},), strict=False
    )
    given = columns(NUMBER)
    wanted = KIND.load(members, KIND.config(model, NUMBER), NUMBER).predict(given)
    assert np.array_equal(loaded(program, NUMBER).predict(given), wanted)


def test_programs_of_a_fixed_number_of_rows_or_of_training_are_refused():
    fixed = torch.export.export(network(), (torch.zeros(3, WIDTH),), strict=False)
    with pytest.raises(ModelError, match="exactly 3 rows"):
        KIND.check(fixed, NUMBER)
    rows = ({0: torch.export.Dim("rows", min=2)},)
    training = torch.export.export(
        Noisy().train(), (torch.zeros(3, WIDTH),), dynamic_shapes=rows, strict=False
    )
    with pytest.raises(ModelError, match="training"):
        KIND.check(training, NUMBER)


class Batch(nn.Module):
    def forward(self, x):
        return (x - x.mean(0))[:, :1]


class Two(nn.Module):
    def forward(self, x):
        return x[:, :1], x


class Wide(nn.Module):
    def forward(self, x):
        return x.reshape(x.shape[0], -1, 1)


class Fixed(nn.Module):
    def forward(self, x):
        return x.reshape(3, WIDTH)[:, :1]


class Random(nn.Module):
    def forward(self, x):
        return x[:, :1] + torch.rand_like(x[:, :1])


def nowhere() -> nn.Module:
    model = network()
    with torch.no_grad():
        model[0].weight.fill_(float("nan"))
    return model


@pytest.mark.parametrize(
    ("model", "fitted", "message"),
    [
        (nn.Linear(WIDTH + 1, 1), NUMBER, "doesn't take the features"),
        (network(3), NUMBER, "is a number"),
        (network(3), CLASS, "2 classes"),
        (network(2), CLASS, "probabilities"),
        (network(1), CLASS, "probabilities"),
        (network(1, nn.Softmax(-1)), CLASS, "exactly 1"),
        (Batch(), NUMBER, "rows beside it"),
        (Two(), NUMBER, "2 tensors"),
        (Wide(), NUMBER, "is a number"),
        (Fixed(), NUMBER, "any number of rows|doesn't take"),
        (Random(), NUMBER, "rand"),
        (nowhere(), NUMBER, "NaN"),
        (NUMBER.to_torch(), NUMBER, "no network"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_remedy(model, fitted, message):
    with pytest.raises(ModelError, match=message) as caught:
        KIND.check(model, fitted)
    assert caught.value.remedy


@pytest.mark.parametrize("last", [nn.Softmax(-1), nn.Sigmoid()])
def test_probabilities_come_in_the_order_of_the_classes(last):
    model = network(2 if isinstance(last, nn.Softmax) else 1, last)
    found = loaded(model, CLASS).predict(columns(CLASS))
    assert found.shape == (64, 2)
    assert np.allclose(found.sum(1), 1, atol=1e-6)
    with torch.no_grad():
        own = model(torch.from_numpy(CLASS.matrix_of(columns(CLASS)))).numpy()
    assert np.allclose(found[:, 1], own[:, -1], atol=1e-6)


def test_half_weights_are_fed_and_answer_as_float32():
    found = loaded(network().bfloat16(), NUMBER).predict(columns(NUMBER))
    assert found.dtype == np.float32
    assert loaded(network().double(), NUMBER).predict(columns(NUMBER)).dtype == np.float64


class ByColumn(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(2)
        self.city = nn.Embedding(4, 3)
        self.head = nn.Linear(4, 1)

    def forward(self, features):
        city = self.city(features["city"][:, 0])
        return self.head(torch.cat([city, features["age"]], 1))


def test_features_by_column_with_an_embedding():
    spec = ss.Spec(
        {"age": ss.Normalization(), "city": ss.StringLookup()}, target=NUMBER.spec.target
    )
    fitted = spec.adapt(TABLE)
    model = ByColumn()
    members, config = stored(fitted.to_torch(model, output="columns"), fitted)
    assert config == {"form": "raw", "takes": "columns"}
    given = columns(fitted)
    inputs = fitted.torch_inputs(given, output="columns")
    with torch.no_grad():
        wanted = fitted.to_torch(model, output="columns")(inputs).numpy()[:, 0]
    assert np.abs(KIND.load(members, config, fitted).predict(given) - wanted).max() <= KIND.rtol


@pytest.mark.parametrize("raw", [True, False])
def test_a_batch_norm_that_learned_raw_columns_is_refused(raw):
    plain = ss.Spec({"age": ss.Rescaling(1.0), "city": CITY}).adapt(TABLE)
    given = {name: TABLE[name] for name in ("age", "city")}
    seen = (plain if raw else NUMBER).matrix(given)
    model = nn.Sequential(nn.BatchNorm1d(WIDTH, momentum=1.0), network())
    model(torch.from_numpy(seen))
    if raw:
        with pytest.raises(ModelError, match="raw column 'age'"):
            KIND.check(model, NUMBER)
    else:
        KIND.check(model, NUMBER)


def test_images_keep_their_shape():
    rng = np.random.default_rng(0)
    shown = {"image": rng.random((40, 1, 6, 6)).astype(np.float32), "y": rng.normal(size=40)}
    fitted = ss.Spec({"image": ss.Rescaling(2.0)}, target=ss.Target("y", ss.Normalization())).adapt(
        shown
    )
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1),
        nn.BatchNorm2d(2),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(18, 1),
    )
    runtime = loaded(model, fitted)
    given = fitted.admit({"image": shown["image"]})
    with torch.no_grad():
        wanted = model.eval()(torch.from_numpy(shown["image"] * np.float32(2))).numpy()[:, 0]
    assert np.abs(runtime.predict(given) - wanted).max() <= KIND.rtol


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.cells = nn.LSTM(3, 4, batch_first=True)
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        return self.head(self.cells(x)[0][:, -1])


def test_sequences_run_through_an_lstm():
    rng = np.random.default_rng(0)
    told = {"steps": rng.normal(size=(40, 5, 3)).astype(np.float32), "y": rng.normal(size=40)}
    target = ss.Target("y", ss.Normalization())
    fitted = ss.Spec({"steps": ss.Normalization()}, target=target).adapt(told)
    model = Recurrent()
    given = fitted.admit({"steps": told["steps"]})
    features = torch.from_numpy(fitted.transform({"steps": told["steps"]})["steps"])
    with torch.no_grad():
        wanted = model(features).numpy()[:, 0]
    assert np.abs(loaded(model, fitted).predict(given) - wanted).max() <= KIND.rtol


def edited(members, change):
    program = json.loads(members[PROGRAM])
    change(program)
    return {**members, PROGRAM: json.dumps(program).encode()}


def _op(name):
    return lambda program: program["calls"][0].__setitem__(0, name)


def _huge(program):
    place = len(program["inputs"]) + len(program["weights"]) + len(program["calls"])
    program["calls"].append(["aten.zeros.default", [[2**40]], {}])
    program["output"] = place


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_op("aten.from_file.default"), "from_file"),
        (_op("aten.relu_.default"), "relu_"),
        (_op("prims.copy_to.default"), "prims"),
        (_op("aten.linear.__class__"), "__class__"),
        (_op("python.getattr"), "getattr"),
        (_op("aten.linear.out"), "out"),
        (_huge, "gives|rows|can't be run"),
        (lambda p: p["calls"][0].__setitem__(1, [{"at": 99}]), "can't be read"),
        (lambda p: p["calls"][0].__setitem__(1, []), "can't be run"),
        (lambda p: p["calls"][0].__setitem__(1, [{"eval": "1"}]), "can't be read"),
        (lambda p: p.update(format=2), "format"),
        (lambda p: p.update(more=1), "other fields"),
        (lambda p: p["weights"].pop(), "can't be read|other tensors|can't be run"),
        (lambda p: p.update(calls=[]), "can't be read"),
        (lambda p: p.update(inputs=[["features", "object", [1]]]), "no input"),
    ],
)
def test_a_program_that_was_edited_is_refused(plain, change, message):
    _, members, config = plain
    with pytest.raises(ModelError, match=message):
        KIND.load(edited(members, change), config, NUMBER)


@pytest.mark.parametrize(
    "change",
    [
        lambda w: w[:-4],
        lambda w: w + b"\0\0\0\0",
        lambda w: b"\xff" * 8 + w[8:],
        lambda w: w.replace(b'"F32"', b'"F64"', 1),
        lambda w: w.replace(b'"shape":[8]', b'"shape":[-8]', 1) if b'"shape":[8]' in w else w[:-1],
        lambda _: b"",
    ],
)
def test_weights_that_do_not_fill_their_file_are_refused(plain, change):
    _, members, config = plain
    with pytest.raises(ModelError, match="can't be read"):
        KIND.load({**members, WEIGHTS: change(members[WEIGHTS])}, config, NUMBER)


def test_other_members_and_other_configs_are_refused(plain):
    _, members, config = plain
    with pytest.raises(ModelError, match="members"):
        KIND.restore({**members, "model/extra": b""})
    with pytest.raises(ModelError, match="manifest"):
        KIND.load(members, {**config, "takes": "columns"}, NUMBER)


def test_what_is_restored_is_a_module_that_is_used_again(plain):
    model, members, _ = plain
    restored = KIND.restore(members)
    assert isinstance(restored, nn.Module)
    inputs = NUMBER.torch_inputs(columns(NUMBER))
    again = NUMBER.to_torch(copy.deepcopy(restored))
    assert torch.allclose(again(inputs), NUMBER.to_torch(model)(inputs), atol=1e-6)
    assert KIND.save(restored) == members
    KIND.check(again, NUMBER)


def test_saving_what_was_never_checked_is_refused():
    with pytest.raises(ModelError, match=r"KIND\.check"):
        KIND.save(network())


@pytest.mark.onnx
def test_the_network_as_onnx_answers_alike(plain, capsys):
    pytest.importorskip("onnxscript")
    session = pytest.importorskip("samescale.models._onnx").session
    model, members, config = plain
    content = KIND.network(model, NUMBER)
    assert KIND.network(KIND.restore(members), NUMBER) == content
    given = columns(NUMBER)
    (found,) = session(content).run(["answers"], {"features": NUMBER.matrix_of(given)})
    wanted = KIND.load(members, config, NUMBER).predict(given)
    assert found.dtype == wanted.dtype
    assert np.abs(found - wanted).max() <= KIND.rtol
    assert capsys.readouterr() == ("", "")


@pytest.mark.onnx
def test_a_missing_exporter_is_named(plain, monkeypatch):
    convert = pytest.importorskip("samescale.convert.torch")
    monkeypatch.setattr(convert, "find_spec", lambda _: None)
    with pytest.raises(UnsupportedError, match="onnxscript") as caught:
        KIND.network(plain[0], NUMBER)
    assert "pip install onnxscript" in caught.value.remedy


def _sources(rows=400):
    return (sources.open(table(rows, seed)) for seed in (1, 2))


def test_a_default_network_is_trained_the_same_for_a_seed():
    told = []
    options = {"hidden": (8,), "epochs": 6, "patience": 6}
    model, history = KIND.train(
        NUMBER, *_sources(), seed=3, progress=lambda *x: told.append(x), **options
    )
    again, same = KIND.train(NUMBER, *_sources(), seed=3, **options)
    assert history == same
    assert set(history) == {"loss", "val_loss"}
    assert history["val_loss"][-1] < history["val_loss"][0]
    assert [done for done, _, _ in told] == [1, 2, 3, 4, 5, 6]
    inputs = NUMBER.torch_inputs(columns(NUMBER))
    assert torch.equal(model(inputs), again(inputs))
    KIND.check(model, NUMBER)


def test_a_classifier_is_trained_to_give_probabilities_and_stops_early():
    model, history = KIND.train(
        CLASS, *_sources(), hidden=(8,), epochs=40, patience=1, learning_rate=0.1
    )
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert len(history["loss"]) < 40
    KIND.check(model, CLASS)


def test_training_refuses_what_it_can_not_learn_from():
    x = np.zeros((5, 2), np.float32)
    x[3, 1] = np.nan
    gone = SimpleNamespace(matrix=lambda _: x, feature_names=("age", "city"))
    with pytest.raises(DataError, match=r"Feature 'city' is missing in row 103"):
        training_features(gone, {}, 100)
    with pytest.raises(SpecError, match="Did you mean 'epochs'"):
        KIND.train(NUMBER, *_sources(), epoch=3)
    with pytest.raises(ModelError, match="no target"):
        KIND.train(ss.Spec(COLUMNS).adapt(TABLE), *_sources())


def test_the_callers_generator_is_left_alone():
    torch.manual_seed(11)
    wanted = torch.rand(1)
    torch.manual_seed(11)
    KIND.train(NUMBER, *_sources(60), epochs=1, hidden=(2,))
    assert torch.equal(torch.rand(1), wanted)
