from __future__ import annotations

import numpy as np
import pytest

import samescale as ss
from samescale.errors import DataError, SamescaleError, SpecError
from samescale.ir import nodes
from samescale.progress import Progress


def test_a_misspelt_column_is_named_with_the_nearest() -> None:
    with pytest.raises(SpecError, match="Did you mean 'income'"):
        ss.Spec({"incme": ss.Normalization()}).adapt({"income": [1.0]})


def test_missing_values_must_be_provided_for() -> None:
    with pytest.raises(DataError, match=r"'age' has 2 missing of 3 values.*Impute") as caught:
        ss.Spec({"age": ss.Normalization()}).adapt({"age": [np.nan, 1.0, np.nan]})
    assert caught.value.details["column"] == "age"


def test_the_median_of_all_rows_is_imputed_before_the_mean_is_learned() -> None:
    age = np.array([1.0, 2.0, np.nan, 10.0, np.nan])
    fitted = ss.Spec({"age": [ss.Impute("median"), ss.Normalization()]}).adapt({"age": age})
    filled = np.where(np.isnan(age), 2.0, age)
    moments = fitted.learned["age"][1]["moments"]
    assert moments["mean"] == (filled.mean(),)
    assert fitted.provenance["passes"] == 2
    got = fitted.transform({"age": age})["age"]
    np.testing.assert_allclose(got, (filled - filled.mean()) / filled.std(), rtol=1e-6)


def test_a_generator_is_read_as_often_as_is_needed() -> None:
    age = np.arange(1000.0)
    spec = ss.Spec({"age": [ss.Impute("median"), ss.Normalization()]})
    batches = ({"age": age[start : start + 100]} for start in range(0, 1000, 100))
    assert spec.adapt(batches).digest == spec.adapt({"age": age}).digest


def test_float64_is_kept_where_float32_would_lose_the_spread() -> None:
    seconds = 1.7e9 + np.arange(100.0) * 60
    fitted = ss.Spec({"at": ss.Normalization(), "x": ss.Normalization()}).adapt(
        {"at": seconds, "x": np.arange(100.0)}
    )
    assert fitted.float64_columns == ("at",)
    assert fitted.schema["x"].dtype == "float32"
    got = fitted.transform({"at": seconds, "x": seconds})["at"]
    np.testing.assert_allclose(got, (seconds - seconds.mean()) / seconds.std(), rtol=3e-7)


def test_the_mean_of_whole_numbers_beyond_float64_is_exact() -> None:
    big = np.array([2**60 + 1, 2**60 + 3], dtype=np.int64)
    fitted = ss.Spec({"id": ss.Normalization()}).adapt({"id": big})
    assert fitted.learned["id"][0]["moments"]["variance"] == (1.0,)


def test_an_affine_chain_becomes_one_sub_and_one_mul() -> None:
    fitted = ss.Spec({"x": [ss.Rescaling(0.5, offset=3.0), ss.Normalization()]}).adapt(
        {"x": np.arange(10.0)}
    )
    kinds = [type(node) for node in fitted.graph.nodes if not isinstance(node, nodes.Const)]
    assert kinds == [nodes.Input, nodes.Sub, nodes.Mul]


def test_twenty_columns_are_one_sub_and_one_mul_in_the_matrix() -> None:
    names = [f"x{index}" for index in range(20)]
    fitted = ss.Spec({name: ss.Normalization() for name in names}).adapt(
        {name: np.arange(10.0) * index + index for index, name in enumerate(names)}
    )
    kinds = [type(node) for node in fitted.matrix_graph.nodes]
    assert kinds.count(nodes.Sub) == 1
    assert kinds.count(nodes.Mul) == 1


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinity_is_refused_with_its_column_and_row(value: float) -> None:
    x = np.arange(200_000.0)
    x[150_001] = value
    with pytest.raises(DataError, match="150001") as caught:
        ss.Spec({"x": ss.Normalization()}).adapt({"x": x})
    assert caught.value.details["column"] == "x"
    assert caught.value.details["row"] == 150_001


def test_what_has_no_logarithm_is_refused_by_column() -> None:
    with pytest.raises(DataError, match=r"'income': Log1p has no value for -3"):
        ss.Spec({"income": ss.Log1p()}).adapt({"income": [1.0, -3.0]})


def test_what_has_no_logarithm_later_gives_a_number() -> None:
    fitted = ss.Spec({"income": ss.Log1p()}).adapt({"income": [1.0, 3.0]})
    got = fitted.transform({"income": [-1.0, -50.0]})["income"]
    assert np.isfinite(got).all()
    assert got[0] == got[1]


def test_a_constant_column_gives_zero_and_stays_calm() -> None:
    fitted = ss.Spec({"x": ss.Normalization()}).adapt({"x": [0.1] * 50})
    np.testing.assert_allclose(fitted.transform({"x": [0.1, 0.101]})["x"], [0, 0.001], atol=1e-6)


def test_a_code_out_of_range_is_refused_in_training_and_zeros_later() -> None:
    spec = ss.Spec({"day": ss.CategoryEncoding(7, output_mode="one_hot")})
    with pytest.raises(DataError, match="Code 7 is out of range"):
        spec.adapt({"day": [0, 7]})
    fitted = spec.adapt({"day": [0, 6]})
    assert not fitted.transform({"day": [9, -1]})["day"].any()


def test_strings_that_never_become_numbers_are_refused() -> None:
    with pytest.raises(SpecError, match="'city' leaves its chain as strings"):
        ss.Spec({"city": ss.Impute("constant", fill_value="?")}).adapt({"city": ["a"]})


def test_missing_strings_can_be_filled_before_they_are_looked_up() -> None:
    spec = ss.Spec({"city": [ss.Impute("most_frequent"), ss.StringLookup()]})
    fitted = spec.adapt({"city": ["Rome", "Oslo", "Rome", None]})
    assert fitted.transform({"city": [None, "Oslo", "Paris"]})["city"].tolist() == [1, 2, 0]


def test_whole_numbers_with_gaps_can_be_looked_up() -> None:
    fitted = ss.Spec({"shop": ss.IntegerLookup()}).adapt({"shop": [7.0, 7.0, np.nan, 12.0]})
    assert fitted.transform({"shop": [12.0, np.nan, 7.0, -1.0]})["shop"].tolist() == [2, 0, 1, 0]


def test_a_regression_answers_in_the_targets_units() -> None:
    price = np.array([100.0, 200.0, 400.0])
    fitted = ss.Spec(
        {"x": ss.Normalization()}, target=ss.Target("price", ss.Log1p(), ss.Normalization())
    ).adapt({"x": [1.0, 2.0, 3.0], "price": price})
    labels = fitted.labels({"price": price})
    assert labels.dtype == np.float32
    assert abs(labels.mean()) < 1e-6
    np.testing.assert_allclose(fitted.inverse(labels), price, rtol=1e-6)
    assert "price" not in fitted.schema.names


def test_classes_stand_in_their_own_order_whatever_their_frequency() -> None:
    fitted = ss.Spec({"x": ss.Normalization()}, target=ss.Target("kind", ss.StringLookup())).adapt(
        {"x": [1.0, 2.0, 3.0], "kind": ["zebra", "zebra", "ant"]}
    )
    assert fitted.classes == ("ant", "zebra")
    assert fitted.labels({"kind": ["zebra", "ant"]}).tolist() == [1, 0]
    assert fitted.inverse(np.array([[0.9, 0.1], [0.2, 0.8]])).tolist() == ["ant", "zebra"]
    with pytest.raises(DataError, match=r"row 1: class 'bee' wasn't in the training data"):
        fitted.labels({"kind": ["ant", "bee"]})


def test_a_target_without_an_inverse_is_refused_on_adapt() -> None:
    spec = ss.Spec({"x": ss.Normalization()}, target=ss.Target("y", ss.Clip(0, 1)))
    with pytest.raises(SamescaleError, match=r"'y': Clip can't be undone"):
        spec.adapt({"x": [1.0], "y": [0.5]})


class Told(Progress):
    def __init__(self) -> None:
        self.heard: list[tuple[str, object]] = []

    def start(self, what: str, total: int | None) -> None:
        self.heard.append((what, total))

    def step(self, done: int) -> None:
        self.heard.append(("step", done))

    def stop(self) -> None:
        self.heard.append(("stop", None))


def test_progress_hears_of_each_pass_and_every_row() -> None:
    told = Told()
    spec = ss.Spec({"x": [ss.Impute("mean"), ss.Normalization()]})
    spec.adapt({"x": np.arange(100_000.0)}, progress=told)
    starts = [heard for heard in told.heard if heard[0] not in {"step", "stop"}]
    assert starts == [("adapt, pass 1 of 2", 100_000), ("adapt, pass 2 of 2", 100_000)]
    assert sum(done for what, done in told.heard if what == "step") == 200_000


def test_a_source_that_fails_in_the_middle_fails_the_adapt() -> None:
    def batches():
        yield {"x": [1.0]}
        raise OSError("the disk is gone")

    with pytest.raises((OSError, SamescaleError), match="the disk is gone"):
        ss.Spec({"x": ss.Normalization()}).adapt(batches())


def test_an_adapted_value_cannot_be_adapted_or_changed() -> None:
    fitted = ss.Spec({"x": ss.Normalization()}).adapt({"x": [1.0, 2.0]})
    assert not hasattr(fitted, "adapt")
    with pytest.raises(AttributeError):
        fitted.graph = None
    with pytest.raises(TypeError, match="can't be changed"):
        fitted.learned["x"][0]["moments"]["mean"] = (99.0,)
    with pytest.raises(TypeError):
        fitted.learned["x"][0]["moments"]["mean"][0] = 99.0
    with pytest.raises(TypeError, match="can't be changed"):
        fitted.profile.columns["x"] = None


def test_predicting_changes_nothing() -> None:
    spec = ss.Spec({"x": ss.Normalization()})
    fitted = spec.adapt({"x": [1.0, 2.0]})
    before = fitted.digest
    fitted.transform({"x": [1e6, 2e6]})
    fitted.matrix({"x": [-1e6]})
    assert fitted.digest == before == spec.adapt({"x": [2.0, 1.0]}).digest
