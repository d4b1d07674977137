"""samescale.keras.protect: sealed layers, the contract of the first fit, and its checks."""

from __future__ import annotations

import json
import warnings
import zipfile

import numpy as np
import pytest

from samescale.errors import FormatError, GuardError, ModelError, SchemaError, SpecError
from samescale.guard import GuardWarning

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")
pd = pytest.importorskip("pandas")

from samescale.keras import Normalization, load_model, protect  # noqa: E402 - Keras may be absent
from samescale.keras.protection.contract import Entry, contract_of  # noqa: E402 - likewise

NAMES = ["a", "b", "c", "d"]
X = np.random.default_rng(0).normal([5, -50, 3, 1000], [1, 10, 0.1, 50], (300, 4))
X = X.astype(np.float32)
FRAME = pd.DataFrame(X, columns=NAMES)


def made(layer=None, data=FRAME, **options):
    if layer is None:
        layer = keras.layers.Normalization()
        layer.adapt(X)
    model = keras.Sequential([keras.Input((4,)), layer, keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    assert protect(model, **options) is model
    model.fit(data, X[:, 0], verbose=0)
    return model


@pytest.fixture(scope="module")
def model():
    return made()


def test_what_is_like_training_passes_in_silence(model):
    plain = keras.Sequential(model.layers)
    expected = plain.predict(X, verbose=0)
    assert np.array_equal(model.predict(FRAME, verbose=0), expected)
    assert np.array_equal(model.predict(X, verbose=0), expected)
    model.evaluate(X, X[:, 0], verbose=0)
    model(X[:5])
    model.predict_on_batch(X[:5])
    model.fit(FRAME, X[:, 0], verbose=0, validation_data=(X, X[:, 0]))


def test_other_frames_are_read_by_name(model):
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(X, schema=NAMES)
    assert np.array_equal(model.predict(frame, verbose=0), model.predict(X, verbose=0))
    with pytest.raises(SchemaError, match="Column 0 is 'b'"):
        model.predict(frame.select("b", "a", "c", "d"), verbose=0)


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        (FRAME[["b", "a", "c", "d"]], "SG104", "in training it was 'a'"),
        (FRAME[["a", "b", "c"]], "SG101", "The column 'd' is missing"),
        (FRAME.rename(columns={"a": "aa"}), "SG101", "Is it 'aa'"),
        (FRAME.assign(e=1.0), "SG102", "'e' wasn't in training"),
        (X[:, :3], "SG104", r"shape \(3,\)"),
        (X.astype(str), "SG103", "in training it was a number"),
    ],
)
@pytest.mark.parametrize("method", ["predict", "evaluate"])
def test_another_structure_is_refused(model, given, code, message, method):
    target = {"y": X[:, 0]} if method == "evaluate" else {}
    with pytest.raises(SchemaError, match=message) as caught:
        getattr(model, method)(given, verbose=0, **target)
    assert caught.value.findings[0].code == code


def test_columns_are_put_in_order_where_that_is_asked_for():
    model = made(reorder=True)
    swapped = FRAME[["d", "b", "a", "c"]]
    assert np.array_equal(model.predict(swapped, verbose=0), model.predict(FRAME, verbose=0))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (X[:, ::-1].copy(), "SG306 4 columns arrive in another order"),
        ((X - X.mean(0)) / X.std(0), "SG304 All columns arrive standardised by the batch's own"),
        (
            ((X - X.mean(0)) / X.std(0))[:30],
            "SG301 `a`, `b`, `c` and `d` arrive already normalised",
        ),
    ],
)
def test_values_unlike_training_are_told_by_one_cause(model, given, message):
    with pytest.warns(GuardWarning) as told:
        model.predict(given, verbose=0)
    assert [str(one.message).startswith(message) for one in told] == [True]
    with pytest.warns(GuardWarning):
        model(given)


def test_an_input_of_very_many_features_is_compared_one_by_one():
    wide = np.random.default_rng(0).normal(50, 5, (60, 300)).astype(np.float32)
    model = keras.Sequential([keras.Input((300,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    protect(model).fit(wide, wide[:, 0], verbose=0)
    for given in ((wide - 50) / 5, wide / 1000):
        with pytest.warns(GuardWarning) as told:
            model.predict(given, verbose=0)
        assert any("looks scaled already: 100% of its" in str(one.message) for one in told)


def test_what_keras_is_given_isnt_repaired():
    scaled = ((X - X.mean(0)) / X.std(0))[:30]
    with pytest.raises(GuardError, match=r"SG301.*can't be: the rows belong to the caller"):
        made(policies={"already-normalised": "repair"}).predict(scaled, verbose=0)


def test_policies():
    scaled = (X - X.mean(0)) / X.std(0)
    with pytest.raises(GuardError):
        made(policies="raise").predict(scaled, verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", GuardWarning)
        made(policies="off").predict(scaled, verbose=0)
    with pytest.raises(SpecError, match="no policy"):
        made(policies="loud")


def test_pixels_that_were_divided_are_told():
    images = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 3)).astype(np.uint8)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    protect(model).fit(images, np.zeros(60), verbose=0)
    with pytest.warns(GuardWarning, match=r"SG322 `x` arrives with pixels of 0…1"):
        model.predict(images / 255, verbose=0)
    model.predict(images[:3], verbose=0)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")  # Keras says so of a generator
def test_generators_and_datasets_are_recorded_and_checked():
    class Data(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return X[index * 32 : index * 32 + 32], X[:32, 0]

    layer = Normalization()
    layer.adapt(X)
    model = keras.Sequential([keras.Input((4,)), layer, keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    protect(model).fit(Data(), verbose=0)
    batches = ((X[i : i + 32],) for i in range(0, 96, 32))
    assert len(model.predict(batches, verbose=0)) == 96
    with pytest.warns(GuardWarning):
        model.predict(((X[i : i + 32, ::-1].copy(),) for i in range(0, 96, 32)), verbose=0)


def test_inputs_by_name():
    a, b = keras.Input((1,), name="a"), keras.Input((1,), name="b")
    model = keras.Model({"a": a, "b": b}, keras.layers.Dense(1)(keras.layers.Concatenate()([a, b])))
    model.compile("sgd", "mse")
    given = {"a": X[:, :1], "b": X[:, 1:2]}
    protect(model).fit(given, X[:, 0], verbose=0)
    model.predict({"b": X[:, 1:2], "a": X[:, :1]}, verbose=0)
    with pytest.raises(SchemaError, match="The column 'b' is missing"):
        model.predict({"a": X[:, :1]}, verbose=0)
    with pytest.warns(GuardWarning) as told:
        model.predict({"a": X[:, 1:2], "b": X[:, :1]}, verbose=0)
    assert [one.message.finding.code for one in told] == ["SG306"]
    assert told[0].message.finding.columns == ("a", "b")


def test_the_layers_are_sealed_nested_ones_too():
    inner = keras.layers.Normalization()
    inner.adapt(X)
    ours = Normalization()
    ours.adapt(X)
    nested = keras.Sequential([keras.Input((4,)), inner])
    model = keras.Sequential([keras.Input((4,)), nested, keras.layers.Dense(4)])
    both = keras.Sequential([keras.Input((4,)), ours, model])
    protect(both)
    for layer in (inner, ours):
        with pytest.raises(ModelError, match="sealed"):
            layer.adapt(X)
    inner.adapt(X * 2, readapt=True)


def test_what_has_learned_nothing_is_told_and_then_refused():
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Normalization(), keras.layers.Dense(1)]
    )
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="was not adapted"):
        protect(model)
    with pytest.raises(ModelError, match="was not adapted"):
        model.fit(X, X[:, 0], verbose=0)
    model.layers[0].adapt(X)
    model.fit(X, X[:, 0], verbose=0)  # nothing was spoilt
    with pytest.raises(ModelError, match="sealed"):
        model.layers[0].adapt(X)


@pytest.mark.parametrize("functional", [False, True])
def test_two_in_a_row_are_told(functional):
    first, second = keras.layers.Normalization(), keras.layers.Normalization()
    first.adapt(X)
    second.adapt(X)
    entry = keras.Input((4,))
    if functional:
        model = keras.Model(entry, keras.layers.Dense(1)(second(first(entry))))
    else:
        model = keras.Sequential([entry, first, second])
    with pytest.warns(UserWarning, match="normalises what") as told:
        protect(model)
    assert sum("normalises what" in str(one.message) for one in told) == 1


def test_a_file_keeps_the_contract(tmp_path):
    model = made()
    keras.saving.save_model(model, tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras")
    assert np.array_equal(loaded.predict(FRAME, verbose=0), model.predict(FRAME, verbose=0))
    with pytest.raises(SchemaError, match="in training it was 'a'"):
        loaded.predict(FRAME[["b", "a", "c", "d"]], verbose=0)
    with pytest.raises(ModelError, match="sealed"):
        loaded.layers[0].adapt(X)
    plain = keras.saving.load_model(tmp_path / "m.keras")
    assert np.array_equal(plain.predict(X, verbose=0), model.predict(X, verbose=0))


def test_what_was_learned_of_features_together_is_kept():
    images = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 3)).astype(np.uint8)
    for x in (X, {"a": X[:, :1], "b": X[:, 1:2]}, images):
        entry = contract_of([x])[-1]
        again = Entry.from_json(json.loads(json.dumps(entry.to_json())))
        assert again.profile == entry.profile
        assert again.profile.table is not None or again.profile.pictures


@pytest.mark.parametrize("array", [["<f4", [2], "AAA"], ["O", [1], "AAAAAAAAAAA="], [1], "x"])
def test_arrays_that_are_none_are_refused(array):
    fields = contract_of([X])[0].to_json() | {"arrays": {"table/names": array}}
    with pytest.raises((FormatError, ValueError, TypeError)):
        Entry.from_json(fields)


def test_a_contract_that_was_tampered_with_is_refused(tmp_path):
    made().save(tmp_path / "m.keras")
    with (
        zipfile.ZipFile(tmp_path / "m.keras") as old,
        zipfile.ZipFile(tmp_path / "n.keras", "w") as new,
    ):
        for name in old.namelist():
            new.writestr(
                name, b'[{"name": 1}]' if name.endswith("contract.json") else old.read(name)
            )
    with pytest.raises(FormatError, match="can't be read"):
        load_model(tmp_path / "n.keras")


def test_weights_files_are_as_without(tmp_path):
    model = made()
    model.save_weights(tmp_path / "m.weights.h5")
    other = made()
    other.load_weights(tmp_path / "m.weights.h5")
    assert np.array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
