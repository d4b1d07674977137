"""Features that aren't columns: one column as several of them, and columns read beside."""

from __future__ import annotations

import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import samescale as ss
from samescale import plan
from samescale.errors import DataError, SourceError, SpecError


def table(rows: int = 400) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        "age": rng.normal(40, 10, rows),
        "store": rng.integers(0, 5, rows),
        "weight": rng.integers(0, 4, rows),
        "price": rng.normal(100, 20, rows),
    }


def spec() -> ss.Spec:
    return ss.Spec(
        {
            "generation": [
                ss.FromColumn("age"),
                ss.Discretization((18, 40), output_mode="one_hot"),
            ],
            "age": ss.Normalization(),
            "store": ss.Normalization(),
            "shop": [ss.FromColumn("store"), ss.IntegerLookup()],
        },
        target=ss.Target("price", ss.Normalization()),
    )


def test_a_column_can_be_several_features():
    data = table()
    fitted = spec().adapt(data)
    assert fitted.schema.names == ("age", "store")
    features = fitted.transform({"age": data["age"], "store": data["store"]})
    assert list(features) == ["generation", "age", "store", "shop"]
    alone = ss.Spec({"age": ss.Normalization(), "store": ss.Normalization()}).adapt(data)
    for name, values in alone.transform(data).items():
        # With Discretization beside it, the column stays float64 up to the last step.
        np.testing.assert_allclose(features[name], values, atol=1e-6)
    codes = ss.Spec({"store": ss.IntegerLookup()}).adapt(data).transform(data)["store"]
    np.testing.assert_array_equal(features["shop"], codes)
    assert fitted.feature_names[:3] == (
        "generation=[-inf, 18)", "generation=[18, 40)", "generation=[40, inf)",
    )  # fmt: skip


def test_looked_up_elsewhere_a_column_is_still_checked_by_its_categories():
    fitted = spec().adapt(table())
    assert set(fitted.schema["store"].categories) == {0, 1, 2, 3, 4}
    assert fitted.profile.columns["store"].counts is not None


def test_a_spec_with_features_survives_json():
    again = ss.Spec.from_json(spec().to_json())
    assert again == spec()
    assert again.inputs == ("age", "store")
    assert again.adapt(table()).digest == spec().adapt(table()).digest


@pytest.mark.keras
@pytest.mark.sklearn
@pytest.mark.parametrize("model", ["keras", "linear"])
def test_a_bundle_carries_them(model, tmp_path):
    data = table()
    training = {"epochs": 1} if model == "keras" else {}
    result = ss.fit(
        {k: v for k, v in data.items() if k != "weight"},
        spec=spec(),
        model=model,
        training=training,
    )
    path = tmp_path / "model.samescale"
    result.bundle.save(path)
    raw = {name: data[name][:5] for name in ("store", "age")}
    predictor = ss.load(path)
    np.testing.assert_array_equal(predictor.predict(raw), result.predictor.predict(raw))
    with pytest.raises(ss.SamescaleError, match="generation"):
        predictor.predict({**raw, "generation": raw["age"]})


def test_what_names_columns_stands_first():
    with pytest.raises(SpecError, match="'age' has FromColumn behind"):
        ss.Spec({"age": [ss.Normalization(), ss.FromColumn("x")]})
    with pytest.raises(SpecError, match="no name"):
        ss.FromColumn("")


def test_the_target_is_no_feature_under_another_name():
    with pytest.raises(SpecError, match="'price' is the target and an input"):
        ss.Spec({"cost": ss.FromColumn("price")}, target=ss.Target("price", ss.Normalization()))
    with pytest.raises(SpecError, match="made of other columns"):
        ss.Target("price", ss.FromColumn("cost"))


def test_a_column_that_is_not_there_names_who_reads_it():
    chains = {"generation": [ss.FromColumn("agee"), ss.Normalization()]}
    with pytest.raises(
        SpecError, match="'agee' of the spec, which 'generation' reads, isn't in"
    ) as e:
        ss.Spec(chains).adapt(table())
    assert "Did you mean 'age'" in str(e.value)


def test_weights_count_a_row_as_often():
    data = table()
    weights = data["weight"]
    often = {name: np.repeat(values, weights, axis=0) for name, values in data.items()}
    chains = {"age": ss.Normalization(), "store": ss.MinMax()}
    weighted = ss.Spec(chains).adapt(data, weights="weight")
    repeated = ss.Spec(chains).adapt(often)
    for name, values in repeated.transform(data).items():
        np.testing.assert_array_equal(weighted.transform(data)[name], values)
    assert weighted.provenance["weights"] == "weight"


def test_a_row_without_weight_is_not_there():
    data = table()
    data["age"][7] = np.inf
    data["weight"][7] = 0
    fitted = ss.Spec({"age": [ss.Normalization()]}).adapt(data, weights="weight")
    assert fitted.profile.columns["age"].rows == int((data["weight"] > 0).sum())


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_a_weight_that_is_none_is_named(wrong):
    data = table()
    data["weight"] = data["weight"].astype(float)
    data["weight"][3] = wrong
    with pytest.raises(DataError, match="Column 'weight', row 3: the weight is"):
        ss.Spec({"age": ss.Normalization()}).adapt(data, weights="weight")


def test_weights_that_cannot_be_are_named():
    chains = ss.Spec({"age": ss.Normalization()})
    with pytest.raises(SpecError, match=r"'weigth'.*(?s:.)*Did you mean 'weight'"):
        chains.adapt(table(), weights="weigth")
    with pytest.raises(DataError, match="Every weight in column 'weight' is 0"):
        chains.adapt({**table(), "weight": np.zeros(400)}, weights="weight")
    with pytest.raises((DataError, SourceError), match="'word' are no numbers"):
        chains.adapt({**table(), "word": ["a"] * 400}, weights="word")


def test_the_row_of_an_error_is_that_of_the_table_though_rows_were_left_out():
    data = table()
    data["weight"][:100] = 0
    data["weight"][100:] = 1
    data["age"][250] = np.inf
    with pytest.raises(DataError, match="row 250"):
        ss.Spec({"age": ss.Normalization()}).adapt(data, weights="weight")


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (np.arange(400).astype("M8[s]"), "of kind datetime"),
        (np.ones((400, 2)), r"of shape \(2,\)"),
        (np.ones(400, complex), "complex128"),
    ],
)
def test_a_column_that_weighs_nothing_says_what_it_is(column, said):
    with pytest.raises((DataError, SourceError), match=said):
        ss.Spec({"age": ss.Normalization()}).adapt({**table(), "w": column}, weights="w")


@pytest.mark.parametrize("weights", [np.ones(400), 5, ["weight"]])
def test_weights_are_a_columns_name(weights):
    with pytest.raises(SpecError, match="names no column"):
        ss.Spec({"age": ss.Normalization()}).adapt(table(), weights=weights)


def test_the_target_is_no_weight():
    chains = ss.Spec({"age": ss.Normalization()}, target=ss.Target("price", ss.Normalization()))
    with pytest.raises(SpecError, match="'price' is the target and the weights"):
        chains.adapt(table(), weights="price")


@pytest.mark.parametrize("kind", ["string", "large_string", "string_view"])
def test_rows_of_weight_0_are_left_out_of_arrow_text(kind):
    data = {"word": ["a", "b", None, "b"], "w": [1, 1, 1, 0]}
    words = pa.table({"word": pa.array(data["word"]).cast(kind), "w": data["w"]})
    chains = ss.Spec({"word": ss.StringLookup()})
    assert chains.adapt(words, weights="w").learned == chains.adapt(data, weights="w").learned


class _Writes:
    """Progress that writes the file anew before the second pass."""

    def __init__(self, write):
        self._write, self._passes = write, 0

    def start(self, label, total):
        del label, total
        self._passes += 1
        if self._passes == 2:
            self._write()

    def step(self, done): ...

    def stop(self): ...


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("several", [False, True])
def test_a_file_that_is_written_to_meanwhile_is_refused(ending, several, tmp_path):
    path = tmp_path / f"rows.{ending}"

    def write(numbers):
        match ending:
            case "csv":
                path.write_text("x\n" + "\n".join(map(str, numbers)))
            case "jsonl":
                path.write_text("\n".join(f'{{"x": {number}}}' for number in numbers))
            case _:
                pq.write_table(pa.table({"x": numbers}), path)
        # Clocks of file systems may be coarse.
        os.utime(path, ns=(numbers[0], numbers[0]))

    write([1, 2, 4])
    chain = ss.Spec({"x": [ss.Normalization(), ss.MinMax()]})
    progress = _Writes(lambda: write([3, 5, 9]))
    with pytest.raises(SourceError, match="was written to while it was read"):
        chain.adapt([path] if several else path, progress=progress)


def test_an_engine_and_threads_are_one_too_many():
    with pytest.raises(SpecError, match="threads=2 beside engine='threads'"):
        ss.Spec({"age": ss.Normalization()}).adapt(table(), engine="threads", threads=2)
    with pytest.raises(SpecError, match="threads=True is no number"):
        ss.Spec({"age": ss.Normalization()}).adapt(table(), threads=True)


def test_the_plan_says_how_many_passes_there_are_at_least():
    data = {"income": np.random.default_rng(0).lognormal(3, 1, 5000)}
    chains = {"income": (ss.PowerTransform(), ss.Normalization())}
    assert plan.passes(chains.values()) == 5
    assert ss.Spec(chains).adapt(data).provenance["passes"] >= 5
