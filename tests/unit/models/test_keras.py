"""Keras models in a bundle: what fits, what is stored, what is refused, what is answered."""

from __future__ import annotations

import io
import json
import random
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import samescale as ss  # noqa: E402 - after importorskip
from samescale import models, sources  # noqa: E402
from samescale.errors import DataError, ModelError, SpecError  # noqa: E402
from samescale.models.keras import raw_dataset  # noqa: E402
from samescale.models.keras.store import MEMBER  # noqa: E402
from samescale.models.keras.training import features as training_features  # noqa: E402

pytestmark = pytest.mark.keras
KIND = models.load("keras")
ROWS = 600


def table(rows: int = ROWS, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    age, city = rng.normal(40, 12, rows), rng.choice(np.array(["Oslo", "Rome"], object), rows)
    price = 1e5 + 2_000 * age + 5e4 * (city == "Rome")
    size = np.where(price > np.median(price), "large", "small").astype(object)
    when = rng.uniform(1.7e9, 1.7e9 + 100, rows)
    return {"age": age, "city": city, "when": when, "price": price, "size": size}


COLUMNS = {
    "age": ss.Normalization(),
    "city": [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")],
    "when": ss.Normalization(),
}
TABLE = table()
NUMBER = ss.Spec(COLUMNS, target=ss.Target("price", ss.Normalization())).adapt(TABLE)
CLASS = ss.Spec(COLUMNS, target=ss.Target("size", ss.StringLookup(num_oov_indices=0))).adapt(TABLE)
WIDTH = len(NUMBER.feature_names)


def dense(units: int, activation: str | None = None) -> keras.Model:
    keras.utils.set_random_seed(5)
    layers = [keras.layers.Dense(8, "relu"), keras.layers.Dense(units, activation)]
    return keras.Sequential([keras.Input((WIDTH,)), *layers])


def loaded(model, fitted):
    return KIND.load(KIND.save(model), KIND.config(model, fitted), fitted)


def near(found: np.ndarray, expected: np.ndarray) -> bool:
    return bool((np.abs(found - expected) <= KIND.rtol * np.maximum(1, np.abs(expected))).all())


@pytest.fixture(scope="module")
def raw():
    return NUMBER.to_keras(dense(1))


@pytest.fixture(scope="module")
def runtime(raw):
    return loaded(raw, NUMBER)


def test_raw_and_features_answer_the_same(raw, runtime) -> None:
    network = dense(1)
    network.set_weights(raw.get_weights())
    columns = NUMBER.admit(TABLE)
    of_features = loaded(network, NUMBER)
    assert KIND.config(network, NUMBER) == {"form": "features", "columns": None}
    assert KIND.config(raw, NUMBER) == {"form": "raw", "columns": None}
    assert near(runtime.predict(columns), of_features.predict(columns))


def test_the_same_call_gives_the_same_bits(runtime) -> None:
    columns = NUMBER.admit(TABLE)
    assert runtime.predict(columns).tobytes() == runtime.predict(columns).tobytes()


@pytest.mark.parametrize("rows", [1, 3, 4, 5, 17, 300])
def test_a_row_is_answered_the_same_in_any_batch(runtime, rows: int) -> None:
    columns = NUMBER.admit(TABLE)
    some = {name: column[:rows] for name, column in columns.items()}
    assert near(runtime.predict(some), runtime.predict(columns)[:rows])


def test_more_rows_than_a_batch_holds_are_cut_and_joined(runtime) -> None:
    columns = NUMBER.admit(table(9_000))
    last = {name: column[-1:] for name, column in columns.items()}
    found = runtime.predict(columns)
    assert found.shape == (9_000,)
    assert near(found[-1:], runtime.predict(last))


def test_no_rows_have_no_answers(runtime) -> None:
    columns = {name: column[:0] for name, column in NUMBER.admit(TABLE).items()}
    assert runtime.predict(columns).shape == (0,)


def test_probabilities_are_rows_by_classes() -> None:
    found = loaded(CLASS.to_keras(dense(2, "softmax")), CLASS).predict(CLASS.admit(TABLE))
    assert found.shape == (ROWS, 2)
    assert np.allclose(found.sum(axis=1), 1, atol=1e-6)


def test_one_sigmoid_stands_for_two_classes() -> None:
    model = CLASS.to_keras(dense(1, "sigmoid"))
    KIND.check(model, CLASS)
    found = loaded(model, CLASS).predict(CLASS.admit(TABLE))
    assert found.shape == (ROWS, 2)
    assert np.allclose(found.sum(axis=1), 1)


def test_a_network_of_columns_is_known_again() -> None:
    def network(age, city):
        return keras.layers.Dense(1)(keras.layers.Concatenate()([age, city]))

    model = NUMBER.to_keras(network)
    KIND.check(model, NUMBER)
    assert KIND.config(model, NUMBER) == {"form": "raw", "columns": ["age", "city"]}
    assert loaded(model, NUMBER).predict(NUMBER.admit(TABLE)).shape == (ROWS,)


@pytest.mark.parametrize("swapped", [False, True])
def test_columns_whose_branches_differ_in_depth_are_told_apart(swapped: bool) -> None:
    codes = ss.Spec(
        {"city": ss.StringLookup(), "age": ss.Normalization(), "when": ss.Normalization()},
        target=ss.Target("price", ss.Normalization()),
    ).adapt(TABLE)

    def network(city, age, when):
        deep = keras.layers.Flatten()(keras.layers.Embedding(8, 3)(city))
        deeper = keras.layers.Dense(2)(keras.layers.Dense(2)(when))
        joined = keras.layers.Concatenate()([age, deep, deeper])
        return keras.layers.Dense(1)(joined)

    function = (lambda when, age, city: network(city, age, when)) if swapped else network
    model = codes.to_keras(function)
    KIND.check(model, codes)
    assert KIND.config(model, codes)["columns"] == ["city", "age", "when"]
    columns = codes.admit(TABLE)
    found = loaded(model, codes).predict(columns)
    alone = loaded(model, codes).predict({**columns, "when": columns["when"][::-1]})
    assert not near(found, alone)
    onnx = pytest.importorskip("samescale.models._onnx")
    assert near(onnx.OnnxRuntime(codes, KIND.network(model, codes)).predict(columns), found)


def test_a_nested_model_is_looked_into(raw) -> None:
    columns = {x.name: keras.Input(x.shape[1:], name=x.name, dtype=x.dtype) for x in raw.inputs}
    outer = keras.Model(columns, keras.layers.Rescaling(2.0)(raw(columns)))
    KIND.check(outer, NUMBER)
    assert KIND.config(outer, NUMBER)["form"] == "raw"


def test_preprocessing_of_another_fitted_is_refused(raw) -> None:
    other = NUMBER.spec.adapt(table(seed=1))
    with pytest.raises(ModelError, match="learned by another fitted"):
        KIND.check(raw, other)


def test_the_same_words_in_another_order_are_another_fitted() -> None:
    spec = {"city": [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")]}
    often = np.array(["Oslo", "Oslo", "Rome"], object)
    seldom = np.array(["Oslo", "Rome", "Rome"], object)
    one, other = (ss.Spec(spec).adapt({"city": city}) for city in (often, seldom))
    with pytest.raises(ModelError, match="learned by another fitted"):
        KIND.check(one.to_keras(), other)


def test_an_edited_preprocessing_is_found_by_running_it(raw) -> None:
    mean = NUMBER.learned["age"][0]["moments"]["mean"][0]
    text = json.dumps(keras.saving.serialize_keras_object(raw))
    written = repr(float(np.float32(mean)))
    assert written in text
    edited = keras.saving.deserialize_keras_object(json.loads(text.replace(written, "41.0")))
    with pytest.raises(ModelError, match="gives other features"):
        KIND.check(edited, NUMBER)


def test_inputs_that_are_columns_without_preprocessing_are_refused() -> None:
    age, when = (keras.Input((1,), name=name) for name in ("age", "when"))
    network = keras.Model({"age": age, "when": when}, keras.layers.Add()([age, when]))
    with pytest.raises(ModelError, match="holds no preprocessing"):
        KIND.check(network, NUMBER)


@pytest.mark.parametrize(
    ("fitted", "units", "activation", "says"),
    [
        (NUMBER, 2, None, "is a number"),
        (CLASS, 3, "softmax", "has 2 classes"),
        (CLASS, 2, None, "aren't probabilities"),
        (CLASS, 1, None, "aren't probabilities"),
    ],
)
def test_an_output_that_is_not_the_targets_is_refused(fitted, units, activation, says) -> None:
    model = fitted.to_keras(dense(units, activation))
    with pytest.raises(ModelError, match=says):
        KIND.check(model, fitted)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Keras sees it too, on some ways to call it
def test_a_softmax_of_one_number_is_refused() -> None:
    with pytest.raises(ModelError, match="a softmax of one number"):
        KIND.check(CLASS.to_keras(dense(1, "softmax")), CLASS)


def test_two_sigmoids_are_no_probabilities_however_steep_the_column_is() -> None:
    """Beside the learned numbers alone, each of these answers 0 or 1, and they sum to 1."""
    size = np.linspace(0, 1e-3, 50, dtype=np.float32)
    kind = np.array(["a", "b"] * 25, object)
    spec = ss.Spec({"size": ss.Normalization()}, target=ss.Target("kind", ss.StringLookup()))
    fitted = spec.adapt({"size": size, "kind": kind})
    heads = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2, "sigmoid")])
    heads.set_weights([np.float32([[1.0, -1.5]]), np.zeros(2, np.float32)])
    with pytest.raises(ModelError, match="aren't probabilities"):
        KIND.check(fitted.to_keras(heads), fitted)


def test_kind_of_knows_a_keras_model(raw) -> None:
    assert models.kind_of(raw).name == "keras"
    with pytest.raises(ModelError, match="No model kind takes"):
        models.kind_of(object())


def test_the_same_model_is_the_same_bytes_trained_or_loaded(raw) -> None:
    once = KIND.save(raw)
    assert KIND.save(raw) == once
    assert KIND.save(KIND.restore(once)) == once


def test_how_it_was_trained_is_not_stored() -> None:
    network = dense(1)
    untrained = len(KIND.save(network)[MEMBER])
    network.compile("adam", "mse")
    network.fit(np.ones((4, WIDTH)), np.ones(4), verbose=0)
    model = NUMBER.to_keras(network)
    model.compile("adam", "mse")
    stored = KIND.save(network)[MEMBER]
    assert abs(len(stored) - untrained) < 200
    assert b"compile_config" not in KIND.save(model)[MEMBER]


def test_versions_name_keras_and_its_backend() -> None:
    assert {"keras", keras.backend.backend(), "numpy"} == set(KIND.versions())


class Mine(keras.layers.Layer):
    def call(self, x):
        return x


def twice(x):
    return x * 2


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        (lambda: keras.layers.Lambda(lambda x: x), "holds a Lambda"),
        (Mine, "holds 'Mine'"),
        (lambda: keras.layers.Activation(twice), "twice"),
    ],
)
def test_code_is_not_stored(layer, says: str) -> None:
    model = keras.Sequential([keras.Input((WIDTH,)), layer()])
    with pytest.raises(ModelError, match=says):
        KIND.save(model)


def test_a_model_without_weights_yet_is_not_stored() -> None:
    with pytest.raises(ModelError, match="isn't built"):
        KIND.save(keras.Sequential([keras.layers.Dense(1)]))


def changed(member: str, make, how: int = zipfile.ZIP_STORED) -> dict[str, bytes]:
    """A stored model with one of its members changed."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(KIND.save(dense(1))[MEMBER])) as before,
        zipfile.ZipFile(made, "w", how) as after,
    ):
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, make(content) if name == member else content)
    return {MEMBER: made.getvalue()}


def test_a_config_that_declares_more_than_its_file_holds_is_refused_unmade() -> None:
    def grown(config: bytes) -> bytes:
        return config.replace(b'"units": 1,', b'"units": 4000000000,')

    with pytest.raises(ModelError, match="declare"):
        KIND.restore(changed("config.json", grown))


def shrunk(*layers) -> keras.Model:
    return keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(1)])


def repeated(number: int) -> keras.Model:
    mean = keras.layers.GlobalAveragePooling1D()
    return shrunk(keras.layers.RepeatVector(number, name="much"), mean)


def with_open_length(wrap) -> keras.Model:
    layers = [keras.layers.UpSampling1D(10**9), keras.layers.GlobalAveragePooling1D()]
    return wrap(keras.Sequential([keras.Input((None, 1)), *layers]))


def joined_wide() -> keras.Model:
    x = keras.Input((4,))
    return keras.Model(x, keras.ops.mean(keras.ops.tile(x, (1, 10**9)), axis=-1))


@pytest.mark.parametrize(
    "make",
    [
        lambda: repeated(10**9),
        lambda: shrunk(keras.layers.Reshape((4, 1)), with_open_length(lambda model: model)),
        lambda: shrunk(
            keras.layers.Reshape((4, 1, 1)), with_open_length(keras.layers.TimeDistributed)
        ),
        joined_wide,
    ],
    ids=["repeated", "nested", "wrapped", "operation"],
)
def test_a_layer_that_gives_more_than_fits_is_refused_unmade(make) -> None:
    with pytest.raises(ModelError, match="numbers for one row, of at most 268435456"):
        KIND.save(make())


def test_a_hand_edited_layer_is_refused_before_anything_runs() -> None:
    stored = KIND.save(repeated(3))
    with zipfile.ZipFile(io.BytesIO(stored[MEMBER])) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = members["config.json"].replace(b'"n": 3', b'"n": 3000000000')
    assert config != members["config.json"]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, data in {**members, "config.json": config}.items():
            archive.writestr(name, data)
    with pytest.raises(ModelError, match="layer 'much' gives 12000000000 numbers"):
        KIND.restore({MEMBER: made.getvalue()})


def test_weights_that_declare_more_than_their_file_holds_are_refused_unread() -> None:
    h5py = pytest.importorskip("h5py")

    def grown(weights: bytes) -> bytes:
        made = io.BytesIO(weights)
        with h5py.File(made, "a") as file:
            file.create_dataset("zeros", (40_000, 40_000), "f4", compression="gzip")
        return made.getvalue()

    with pytest.raises(ModelError, match="aren't plain bytes"):
        KIND.restore(changed("model.weights.h5", grown))


def test_weights_that_link_elsewhere_are_refused() -> None:
    h5py = pytest.importorskip("h5py")

    def linked(weights: bytes) -> bytes:
        made = io.BytesIO(weights)
        with h5py.File(made, "a") as file:
            file["other"] = h5py.ExternalLink("/etc/passwd", "/")
        return made.getvalue()

    with pytest.raises(ModelError, match="link elsewhere"):
        KIND.restore(changed("model.weights.h5", linked))


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ({"module": "os", "class_name": "system", "config": {}}, "'system' .os."),
        ({"module": "keras.layers", "class_name": "TFSMLayer", "config": {}}, "TFSMLayer"),
        ({"class_name": "__lambda__", "config": {}}, "lambda"),
        ({"module": "keras", "class_name": "X", "registered_name": "own>X"}, "own>X"),
    ],
)
def test_a_config_that_names_code_is_refused_before_keras_reads_it(part, says: str) -> None:
    def named(config: bytes) -> bytes:
        return json.dumps({**json.loads(config), "extra": part}).encode()

    with pytest.raises(ModelError, match=says):
        KIND.restore(changed("config.json", named))


def test_a_compressed_file_is_refused() -> None:
    with pytest.raises(ModelError, match="is compressed"):
        KIND.restore(changed("config.json", bytes, zipfile.ZIP_DEFLATED))


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip" * 50])
def test_what_is_no_keras_file_is_refused(content: bytes) -> None:
    with pytest.raises(ModelError, match=r"isn't a \.keras file"):
        KIND.restore({MEMBER: content})


def test_another_member_is_refused() -> None:
    with pytest.raises(ModelError, match="is one member"):
        KIND.restore({"model/other": b""})


EPOCHS = 40


def trained(progress=None):
    halves = [{name: column[i::2] for name, column in TABLE.items()} for i in range(2)]
    data, validation = map(sources.open, halves)
    return KIND.train(NUMBER, data, validation, seed=4, epochs=EPOCHS, progress=progress)


@pytest.fixture(scope="module")
def training():
    told: list[tuple[int, int]] = []
    random.seed(1)
    model, history = trained(lambda done, total, _: told.append((done, total)))
    return model, history, told, random.random()


def test_training_is_told_epoch_by_epoch(training) -> None:
    model, history, told, _ = training
    assert told == [(epoch + 1, EPOCHS) for epoch in range(len(told))]
    steps = {name: len(values) for name, values in history.items()}
    assert steps == {"loss": len(told), "val_loss": len(told)}
    KIND.check(model, NUMBER)


def test_training_leaves_the_random_state_alone(training) -> None:
    random.seed(1)
    assert training[3] == random.random()


def test_the_same_seed_trains_the_same_model(training) -> None:
    again = trained()[0].get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(training[0].get_weights(), again, strict=True))


def test_training_learns(training) -> None:
    found = NUMBER.inverse(loaded(training[0], NUMBER).predict(NUMBER.admit(TABLE)))
    assert np.sqrt(np.mean((found - TABLE["price"]) ** 2)) < 0.2 * TABLE["price"].std()


def test_a_feature_that_is_nan_is_refused_by_name() -> None:
    holes = np.array([[1.0, 2.0], [3.0, np.nan]], np.float32)
    fitted = SimpleNamespace(matrix=lambda _: holes, feature_names=("age", "city[0]"))
    with pytest.raises(DataError, match=r"'city\[0\]' is missing in row 101"):
        training_features(fitted, {}, 100)


def test_nothing_to_learn_is_refused() -> None:
    with pytest.raises(ModelError, match="no target"):
        KIND.train(ss.Spec(COLUMNS).adapt(TABLE), sources.open(TABLE), sources.open(TABLE))


def epoch(dataset) -> np.ndarray:
    dataset.on_epoch_begin()
    batches = [dataset[i] for i in range(len(dataset))]
    dataset.on_epoch_end()
    assert [len(y) for _, y in batches[:-1]] == [64] * (len(batches) - 1)
    return np.concatenate([np.stack([x["age"][:, 0], y], axis=1) for x, y in batches])


def rows_of(pairs: np.ndarray) -> list[tuple[float, float]]:
    return sorted(map(tuple, pairs.tolist()))


def test_every_epoch_of_a_dataset_holds_every_row_once_in_another_order() -> None:
    dataset = raw_dataset(NUMBER, TABLE, batch_size=64)
    first, second = epoch(dataset), epoch(dataset)
    expected = np.stack([TABLE["age"].astype(np.float32), NUMBER.labels(TABLE)], axis=1)
    assert rows_of(first) == rows_of(second) == rows_of(expected)
    assert not np.array_equal(first, second)
    again = raw_dataset(NUMBER, TABLE, batch_size=64)
    assert np.array_equal(epoch(again), first)


def test_a_dataset_may_keep_its_order() -> None:
    dataset = raw_dataset(NUMBER, TABLE, batch_size=64, shuffle=False)
    assert np.array_equal(epoch(dataset)[:, 0], TABLE["age"].astype(np.float32))


def test_a_batch_looked_at_before_fit_is_not_lost() -> None:
    dataset = raw_dataset(NUMBER, TABLE, batch_size=64)
    dataset[0]
    dataset[1]
    other = raw_dataset(NUMBER, TABLE, batch_size=64)
    assert np.array_equal(epoch(dataset), epoch(other))


def test_fit_sees_every_row_once_an_epoch() -> None:
    def mean_label(y, found):
        return y + 0 * found[:, 0]

    model = NUMBER.to_keras(keras.layers.Dense(1))
    model.compile(keras.optimizers.SGD(0.0), mean_label)
    history = model.fit(raw_dataset(NUMBER, TABLE, batch_size=64), epochs=3, verbose=0).history
    expected = NUMBER.labels(TABLE).mean()
    assert np.allclose(history["loss"], expected, atol=1e-5)


def test_classes_are_codes_and_no_target_gives_no_labels() -> None:
    assert raw_dataset(CLASS, TABLE)[0][1].dtype == np.int32
    assert len(raw_dataset(ss.Spec(COLUMNS).adapt(TABLE), TABLE)[0]) == 1


def test_a_misspelt_column_of_a_dataset_is_refused() -> None:
    with pytest.raises(SpecError, match=r"'aeg' is none of the spec's. Did you mean 'age'\?"):
        raw_dataset(NUMBER, TABLE, columns=("aeg",))


def test_an_unknown_option_of_the_training_is_refused() -> None:
    source = sources.open(TABLE)
    with pytest.raises(SpecError, match=r"no option 'epoch'. Did you mean 'epochs'\?"):
        KIND.train(NUMBER, source, source, epoch=3)


def test_the_saved_model_answers_what_keras_inputs_gives(tmp_path):
    fitted = ss.Spec(
        {
            "age": ss.Normalization(),
            "when": ss.Normalization(),
            "city": [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")],
        }
    ).adapt(
        {
            "age": np.arange(50.0),
            "when": 1.7e9 + np.arange(50.0),
            "city": np.array(["Oslo", "Rome"] * 25, object),
        }
    )
    fitted.to_keras().save(tmp_path / "features.keras")
    model = keras.saving.load_model(tmp_path / "features.keras", safe_mode=True)
    rows = {"city": ["Rome", "Bern"], "when": [1.7e9, 1.7e9 + 9], "age": [1.0, 2.0]}
    given = fitted.keras_inputs(rows)
    assert set(given) == {"age", "when_host", "city_host"}
    found = model.predict(given, verbose=0)
    np.testing.assert_array_equal(found, fitted.matrix(rows))
