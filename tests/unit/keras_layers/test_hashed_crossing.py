"""HashedCrossing gives Keras' bins, without TensorFlow, compiled or not."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from samescale.errors import DataError, SpecError  # noqa: E402 - after importorskip
from samescale.keras import HashedCrossing  # noqa: E402
from tests.unit.keras_layers.lookups import BACKEND, needs_oracle, plain, same  # noqa: E402

pytestmark = pytest.mark.keras

WORDS = np.array(["A", "B", "東京", "", "x" * 70])
NUMBERS = np.array([101, -5, 0, 2**31 - 1, 7])


@needs_oracle
@pytest.mark.filterwarnings("ignore:Explicitly requested dtype")  # Keras' own layer, on JAX
@pytest.mark.parametrize("mode", ["int", "one_hot"])
@pytest.mark.parametrize(
    "columns", [(WORDS, NUMBERS), (NUMBERS, WORDS, NUMBERS), (WORDS, WORDS), (NUMBERS, NUMBERS)]
)
def test_bins_are_keras_own(mode, columns):
    for shape in ((5,), (5, 1)):
        given = tuple(column.reshape(shape) for column in columns)
        ours = HashedCrossing(11, output_mode=mode)(given)
        same(ours, keras.layers.HashedCrossing(11, output_mode=mode)(given))


def test_bins_of_the_documentation():
    feature = np.array(["A", "B", "A", "B", "A"])
    numbers = np.array([101, 101, 101, 102, 102])
    np.testing.assert_array_equal(plain(HashedCrossing(5)((feature, numbers))), [1, 4, 1, 1, 3])


def test_scalars_cross():
    assert int(plain(HashedCrossing(10)(("A", 101)))) == 1


def test_integers_cross_alike_in_numpy_and_in_a_compiled_model():
    one, other = NUMBERS[:, None], NUMBERS[::-1, None].copy()
    inputs = [keras.Input((1,), dtype="int32"), keras.Input((1,), dtype="int32")]
    model = keras.Model(inputs, HashedCrossing(97)(inputs))
    model.compile(jit_compile=BACKEND != "torch")
    found = model.predict([one, other], verbose=0)
    np.testing.assert_array_equal(found, plain(HashedCrossing(97)((one, other))))


def test_a_word_and_its_integer_differ():
    words, numbers = np.array([str(i) for i in range(50)]), np.arange(50)
    assert (
        plain(HashedCrossing(999)((words, words))) != plain(HashedCrossing(999)((numbers, numbers)))
    ).any()


def test_config_makes_the_layer_again():
    layer = HashedCrossing(9, output_mode="one_hot", dtype="float64", name="cross")
    again = HashedCrossing.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    same(again((WORDS, NUMBERS)), layer((WORDS, NUMBERS)))


@pytest.mark.parametrize(
    "given",
    [
        NUMBERS,
        [NUMBERS],
        (NUMBERS, NUMBERS[:2]),
        (NUMBERS.reshape(1, 5), NUMBERS.reshape(1, 5)),
    ],
)
@pytest.mark.skipif(BACKEND == "tensorflow", reason="Keras' own layer answers there")
def test_inputs_that_cannot_cross_are_refused(given):
    with pytest.raises(DataError):
        HashedCrossing(5)(given)


def test_unknown_modes_are_refused():
    with pytest.raises(SpecError):
        HashedCrossing(5, output_mode="count")
