"""samescale.keras.CategoryEncoding."""

from __future__ import annotations

import numpy as np
import pytest

from samescale.errors import DataError, SpecError

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from samescale.keras import CategoryEncoding  # noqa: E402 - Keras may be absent

MODES = ["one_hot", "multi_hot", "count"]


def numpy(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("codes", [[[0, 1], [2, 2]], [[3], [0]], [1, 2]])
def test_it_encodes_as_keras(mode, codes):
    given = {"num_tokens": 4, "output_mode": mode}
    expected = numpy(keras.layers.CategoryEncoding(**given)(np.array(codes)))
    assert np.array_equal(numpy(CategoryEncoding(**given)(np.array(codes))), expected)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("code", [-1, 6, 7])
def test_a_code_without_a_place_is_refused(mode, code):
    with pytest.raises(DataError, match=f"no place for the code {code}"):
        CategoryEncoding(num_tokens=6, output_mode=mode)(np.array([[0], [code]]))


@pytest.mark.parametrize("mode", MODES)
def test_a_compiled_model_answers_nan_for_it(mode):
    model = keras.Sequential(
        [keras.Input((1,), dtype="int32"), CategoryEncoding(num_tokens=3, output_mode=mode)]
    )
    if keras.backend.backend() == "torch":
        with pytest.raises(DataError):
            model.predict(np.array([[1], [7]]), verbose=0)
        return
    answer = model.predict(np.array([[1], [7]]), verbose=0)
    assert answer[0].tolist() == [0, 1, 0]
    assert np.isnan(answer[1]).all()


def test_zeros_can_be_asked_for():
    layer = CategoryEncoding(num_tokens=3, output_mode="multi_hot", invalid="zero")
    assert numpy(layer(np.array([[0, -1]]))).tolist() == [[1, 0, 0]]
    with pytest.raises(SpecError, match="invalid"):
        CategoryEncoding(num_tokens=3, invalid="drop")


def test_the_config_keeps_everything():
    config = CategoryEncoding(num_tokens=3, output_mode="count", invalid="zero").get_config()
    assert (config["sparse"], config["invalid"]) == (False, "zero")
    assert CategoryEncoding.from_config(config).get_config() == config


def test_weights_of_counts_are_taken():
    layer = CategoryEncoding(num_tokens=3, output_mode="count")
    found = layer(np.array([[0, 1]]), count_weights=np.array([[0.5, 2.0]]))
    assert numpy(found).tolist() == [[0.5, 2, 0]]
