from __future__ import annotations

import json

import pytest

import samescale as ss
from samescale.errors import SpecError


def full() -> ss.Spec:
    return ss.Spec(
        {
            "age": [ss.Impute("median"), ss.Normalization()],
            "city": [ss.StringLookup(max_tokens=50), ss.CategoryEncoding(output_mode="one_hot")],
            "pixels": ss.Rescaling(1 / 255),
        },
        target=ss.Target("price", ss.Normalization()),
    )


def test_a_spec_survives_json() -> None:
    assert ss.Spec.from_json(json.loads(json.dumps(full().to_json()))) == full()


def test_a_spec_is_read_from_a_file_that_a_person_wrote(tmp_path) -> None:
    path = tmp_path / "spec.json"
    path.write_text('{"columns": {"age": [{"name": "Normalization"}]}}')
    assert ss.Spec.load(path) == ss.Spec({"age": ss.Normalization()})


def test_a_misspelt_transform_is_named_with_the_nearest(tmp_path) -> None:
    path = tmp_path / "spec.json"
    path.write_text('{"columns": {"age": [{"name": "Normalisation"}]}}')
    with pytest.raises(SpecError, match="Did you mean 'Normalization'"):
        ss.Spec.load(path)


def test_a_misspelt_argument_is_named_with_those_there_are() -> None:
    config = {"columns": {"age": [{"name": "Normalization", "configuration": {"axes": 1}}]}}
    with pytest.raises(SpecError, match=r"'age': Normalization doesn't take.*axis, mean"):
        ss.Spec.from_json(config)


@pytest.mark.parametrize("fields", [{}, {"columns": []}, {"columns": {"a": [3]}}])
def test_what_is_no_spec_is_refused(fields) -> None:
    with pytest.raises(SpecError):
        ss.Spec.from_json(fields)


def test_what_is_no_json_is_refused(tmp_path) -> None:
    path = tmp_path / "spec.json"
    path.write_text("{")
    with pytest.raises(SpecError, match="isn't JSON"):
        ss.Spec.load(path)


def test_the_target_is_no_input() -> None:
    with pytest.raises(SpecError, match="is the target and an input"):
        ss.Spec({"price": ss.Normalization()}, target=ss.Target("price"))


def test_a_chain_is_made_of_transforms() -> None:
    with pytest.raises(SpecError, match=r"'age'.*chain"):
        ss.Spec({"age": ["Normalization"]})


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: ss.Normalization(mean=1.0), "mean=1.0 but variance=None"),
        (lambda: ss.Normalization(mean=1.0, variance=-1.0), "negative"),
        (lambda: ss.Rescaling(0), "scale=0"),
        (lambda: ss.MinMax(feature_range=(1, 0)), "no range"),
        (ss.Clip, "no bounds"),
        (lambda: ss.Clip(2, 1), "no bounds"),
        (lambda: ss.Impute("mode"), "'mode'"),
        (lambda: ss.Impute("mean", fill_value=1.0), "fill_value=1.0"),
        (lambda: ss.Impute("constant"), "fill_value=None"),
        (ss.Discretization, "bin_boundaries=None and num_bins=None"),
        (lambda: ss.Discretization(bin_boundaries=(2, 1)), "isn't ascending"),
        (lambda: ss.Discretization(num_bins=1), "num_bins=1"),
        (lambda: ss.StringLookup(max_tokens=1), "max_tokens=1"),
        (lambda: ss.StringLookup(vocabulary=("a", "a")), "repeats a"),
        (lambda: ss.StringLookup(output_mode="onehot"), "'onehot'"),
        (lambda: ss.IntegerLookup(num_oov_indices=-1), "num_oov_indices=-1"),
        (lambda: ss.CategoryEncoding(0), "num_tokens=0"),
        (lambda: ss.CategoryEncoding("one_hot"), "one_hot"),
        (lambda: ss.Target("y", ss.StringLookup(), ss.CategoryEncoding()), "behind its lookup"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(make, says) -> None:
    with pytest.raises(SpecError, match=says):
        make()


@pytest.mark.parametrize("columns", [[("a", ss.Log1p())], {1: ss.Log1p()}, None])
def test_columns_are_a_dict_of_names(columns) -> None:
    with pytest.raises(SpecError, match="no dict of names and transforms"):
        ss.Spec(columns)


@pytest.mark.parametrize("chain", [None, ss.Normalization, "Normalization", 3])
def test_a_chain_is_no_other_thing(chain) -> None:
    with pytest.raises(SpecError, match=r"Column 'a' has .* in its chain"):
        ss.Spec({"a": chain})


def test_a_file_that_isn_t_there_is_named(tmp_path) -> None:
    with pytest.raises(SpecError, match=r"none\.json' can't be read"):
        ss.Spec.load(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"columns": {"a": [{"name": "Impute", "strategy": "median"}]}}', "no 'strategy'"),
        ('{"columns": {"a": [{"name": "Log1p"}]}, "targets": {}}', "no 'targets'"),
        ('{"columns": {"a": [{"name": "Log1p"}], "a": [{"name": "MinMax"}]}}', "'a' stands twice"),
    ],
)
def test_what_would_have_no_effect_in_a_file_is_refused(tmp_path, text, said) -> None:
    path = tmp_path / "spec.json"
    path.write_text(text)
    with pytest.raises(SpecError, match=said):
        ss.Spec.load(path)


def test_equal_specs_have_one_hash() -> None:
    assert len({full(), full(), ss.Spec({"age": ss.Log1p()})}) == 2


def test_a_target_takes_its_transforms_one_by_one_or_as_a_list() -> None:
    chain = [ss.Log1p(), ss.Normalization()]
    assert ss.Target("price", chain) == ss.Target("price", *chain)


def test_the_order_of_the_columns_tells_two_specs_apart() -> None:
    one = {"a": ss.Normalization(), "b": ss.Log1p()}
    assert ss.Spec(one) == ss.Spec(dict(one))
    assert ss.Spec(one) != ss.Spec(dict(reversed(one.items())))


def test_a_declared_spec_cannot_be_changed() -> None:
    with pytest.raises(TypeError, match="can't be changed"):
        full().columns["age"] = (ss.Normalization(),)


N = {"name": "Normalization"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "A spec lacks 'columns'"),
        ([], r"A spec is \[\], which is no object"),
        ({"colums": {"a": [N]}}, "Did you mean 'columns'"),
        ({"columns": []}, "columns of the spec are no object"),
        ({"columns": {"a": "Normalization"}}, "Column 'a' is \"Normalization\", which is no list"),
        ({"columns": {"a": ["Log1p"]}}, r'Column .a. has the text .Log1p.*Write {"name": "Log1p"}'),
        ({"columns": {"a": N}}, "Column 'a' is .* which is no list"),
        ({"columns": {"a": [{}]}}, "A transform of column 'a' lacks 'name'"),
        ({"columns": {"a": [{"name": "Log1q"}]}}, r"Column 'a': There is no.*Did you mean 'Log1p'"),
        ({"columns": {"a": [{"name": 3}]}}, "Column 'a': There is no transform '3'"),
        ({"columns": {"a": [{**N, "configuration": None}]}}, "configuration of Normalization is"),
        (
            {"columns": {"a": [{**N, "configuration": {"maen": 1}}]}},
            "Column 'a': Normalization doesn't take the argument 'maen'. Did you mean 'mean'",
        ),
        ({"columns": {"a": [{"name": "Rescaling"}]}}, "Rescaling lacks its argument 'scale'"),
        ({"columns": {"a": [N]}, "target": "price"}, 'The target is "price", which is no object'),
        ({"columns": {"a": [N]}, "target": {"name": "p"}}, "The target lacks 'transforms'"),
        (
            {"columns": {"a": [N]}, "target": {"name": "p", "transforms": [{"name": "Log1q"}]}},
            "Target 'p': There is no transform 'Log1q'",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_said_in_its_own_words(fields, said) -> None:
    with pytest.raises(SpecError, match=said) as caught:
        ss.Spec.from_json(fields)
    assert "Error(" not in str(caught.value)
    assert "__init__" not in str(caught.value)


@pytest.mark.parametrize(
    ("chain", "said"),
    [
        ("Normalization", r"has 'Normalization' in its chain. Write ss.Normalization\(\)\."),
        (["Normalisation"], r"Write ss.Normalization\(\)\."),
        (ss.Normalization, r"has the class Normalization in its chain. Write ss.Normalization\("),
        ([ss.Log1p(), ss.Normalization], r"has the class Normalization"),
    ],
)
def test_a_name_or_a_class_in_a_chain_is_told_what_to_write(chain, said) -> None:
    with pytest.raises(SpecError, match=said):
        ss.Spec({"wind": chain})
