"""samescale.keras.Rescaling."""

from __future__ import annotations

import numpy as np
import pytest

import samescale as ss
from samescale.errors import SpecError

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from samescale.keras import Rescaling  # noqa: E402 - Keras may be absent


def numpy(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


@pytest.mark.parametrize("arguments", [(1 / 255,), (1 / 127.5, -1.0), (0.1, 3.7)])
def test_its_bits_are_those_of_the_graph(arguments):
    values = np.random.default_rng(0).uniform(0, 255, 1000).astype(np.float32)
    fitted = ss.Spec({"x": ss.Rescaling(*arguments)}).adapt({"x": values})
    assert np.array_equal(
        numpy(Rescaling(*arguments)(values)), fitted.transform({"x": values})["x"]
    )


def test_it_agrees_with_keras():
    values = np.random.default_rng(0).uniform(0, 255, (2, 4, 4, 3)).astype(np.float32)
    given = ([1 / 255, 1 / 100, 0.5], [0.0, -1.0, 2.0])
    expected = numpy(keras.layers.Rescaling(*given)(values))
    np.testing.assert_allclose(numpy(Rescaling(*given)(values)), expected, rtol=1e-6, atol=1e-6)


def test_an_offset_goes_by_channel_where_channels_come_first():
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        answer = numpy(Rescaling([1.0, 1.0, 1.0], [10.0, 20.0, 30.0])(np.ones((1, 3, 3, 3))))
    finally:
        keras.config.set_image_data_format(before)
    assert answer[0, :, 0, 0].tolist() == [11, 21, 31]
    assert (answer == answer[:, :, :1, :1]).all()


def test_bytes_and_lists_are_taken():
    assert numpy(Rescaling(1 / 255)(np.uint8([0, 255]))).tolist() == [0, 1]
    assert numpy(Rescaling(0.5)([2.0, 4.0])).tolist() == [1, 2]


def test_bfloat16_is_the_result_alone():
    layer = Rescaling(1.0, -100_000.0, dtype="mixed_bfloat16")
    assert numpy(keras.ops.cast(layer(np.float32([100_001.0])), "float32")).item() == 1


def test_a_scale_of_zero_is_refused():
    with pytest.raises(SpecError, match="loses its input"):
        Rescaling(0.0)


def test_it_round_trips():
    layer = Rescaling([0.5, 2.0], [1.0, 0.0])
    again = Rescaling.from_config(layer.get_config())
    values = np.float32([[1, 2]])
    assert np.array_equal(numpy(again(values)), numpy(layer(values)))
