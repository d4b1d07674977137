from __future__ import annotations

import json

import numpy as np
import pytest

import samescale as ss
from samescale.errors import SpecError


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        (
            ss.Normalization(mean=np.array([1.0, 2.0]), variance=[1.0, 4.0]),  # type: ignore[arg-type]
            ss.Normalization(mean=(1.0, 2.0), variance=(1.0, 4.0)),
        ),
        (ss.Normalization(axis=np.int64(1)), ss.Normalization(axis=1)),  # type: ignore[arg-type]
        (ss.Rescaling(np.float32(0.5)), ss.Rescaling(0.5)),  # type: ignore[arg-type]
        (ss.Rescaling(np.array([0.5, 2.0])), ss.Rescaling((0.5, 2.0))),  # type: ignore[arg-type]
        (ss.Clip(np.float32(0), np.int64(3)), ss.Clip(0.0, 3)),  # type: ignore[arg-type]
        (ss.Discretization(np.arange(2)), ss.Discretization((0.0, 1.0))),  # type: ignore[arg-type]
        (ss.StringLookup(vocabulary=np.array(["a"])), ss.StringLookup(vocabulary=("a",))),  # type: ignore[arg-type]
        (ss.IntegerLookup(vocabulary=np.arange(2)), ss.IntegerLookup(vocabulary=(0, 1))),  # type: ignore[arg-type]
    ],
    ids=lambda one: type(one).__name__,
)
def test_arrays_are_plain_once_they_are_arguments(given, plain) -> None:
    assert given == plain
    written = json.loads(json.dumps(ss.Spec({"x": given}).to_json()))
    assert ss.Spec.from_json(written) == ss.Spec({"x": plain})


@pytest.mark.parametrize(
    ("name", "configuration", "argument"),
    [
        ("Normalization", {"axis": "x"}, "axis='x'"),
        ("Normalization", {"mean": float("nan"), "variance": 1.0}, "mean=nan"),
        ("Normalization", {"mean": 0.0, "variance": float("inf")}, "variance=inf"),
        ("Rescaling", {"scale": "a"}, "scale='a'"),
        ("Rescaling", {"scale": 1.0, "offset": float("nan")}, "offset=nan"),
        ("Clip", {"min_value": "a"}, "min_value='a'"),
        ("Clip", {"min_value": True}, "min_value=True"),
        ("MinMax", {"feature_range": [0, 1, 2]}, "feature_range"),
        ("MinMax", {"feature_range": "ab"}, "feature_range"),
        ("Discretization", {"num_bins": 2.5}, "num_bins=2.5"),
        ("Discretization", {"bin_boundaries": 3.0}, "bin_boundaries=3.0"),
        ("Impute", {"strategy": "constant", "fill_value": float("nan")}, "fill_value=nan"),
        ("StringLookup", {"max_tokens": 2.5}, "max_tokens=2.5"),
        ("StringLookup", {"vocabulary": "abc"}, "vocabulary='abc'"),
        ("IntegerLookup", {"vocabulary": [1.5]}, "vocabulary"),
        ("CategoryEncoding", {"num_tokens": True}, "num_tokens=True"),
        ("MaxAbs", {"axis": 0.5}, "axis=0.5"),
        ("Robust", {"with_centering": "no"}, "with_centering='no'"),
        ("Robust", {"quantile_range": [75, 25]}, "quantile_range"),
        ("Robust", {"quantile_range": [[1, 2], [3, 4]]}, "quantile_range"),
        ("Robust", {"quantile_range": [0, 100], "unit_variance": True}, "quantile_range"),
        ("Robust", {"with_centering": False, "with_scaling": False}, "with_centering=False"),
        ("Hashing", {"num_bins": 2.5}, "num_bins=2.5"),
        ("Hashing", {"num_bins": 1, "mask_value": ""}, "num_bins=1"),
        ("Hashing", {"num_bins": 2, "mask_value": 1.5}, "mask_value=1.5"),
        ("Hashing", {"num_bins": 2, "salt": -1}, "salt=-1"),
        ("Hashing", {"num_bins": 2, "salt": [1, 2]}, "salt"),
        ("ChannelOrder", {"reverse": 1}, "reverse=1"),
        ("ChannelOrder", {"data_format": "HWC"}, "data_format='HWC'"),
        ("ImageConvention", {"name": "vgg"}, "name='vgg'"),
        ("ImageConvention", {"name": "tf", "data_format": "CHW"}, "data_format='CHW'"),
    ],
)
def test_what_is_no_argument_is_named(name, configuration, argument) -> None:
    config = {"columns": {"x": [{"name": name, "configuration": configuration}]}}
    with pytest.raises(SpecError, match=rf"^Column 'x': {name}\({argument}"):
        ss.Spec.from_json(config)


@pytest.mark.parametrize(
    "transform",
    [
        ss.Normalization(),
        ss.MinMax(),
        ss.MaxAbs(),
        ss.Robust(),
        ss.Log1p(),
        ss.Rescaling(2.0),
        ss.Clip(0.0),
    ],
)
def test_codes_and_text_are_no_amounts(transform) -> None:
    with pytest.raises(SpecError, match=r"'x': .* takes numbers, and the column is text"):
        ss.Spec({"x": transform}).adapt({"x": ["a", "b"]})
    with pytest.raises(SpecError, match=r"'x': .* behind a lookup there are codes"):
        ss.Spec({"x": [ss.IntegerLookup(), transform]}).adapt({"x": [1, 2]})


@pytest.mark.parametrize("target", ["y", ss.Normalization()])
def test_a_target_is_a_target(target) -> None:
    with pytest.raises(SpecError, match=r"no ss\.Target"):
        ss.Spec({"x": ss.Normalization()}, target=target)
    with pytest.raises(SpecError, match="no name"):
        ss.Target(3)  # type: ignore[arg-type]
