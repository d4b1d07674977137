"""SA101: A saved model without any preprocessing inside."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SA101",
    name="no-preprocessing-inside",
    severity="warning",
    cause=(
        "The file holds a network or an estimator that was trained on scaled or encoded "
        "columns, and nothing before it: no scaling layer, no pipeline, no normalising "
        "operation behind an input."
    ),
    looks_like=(
        "The inputs are floats without a unit, often unnamed. Every caller has to know how to "
        "prepare them, and the file doesn't say."
    ),
    fix=(
        "Save what prepares the columns with the model: a Pipeline, layers in the network, or "
        "a bundle."
    ),
    example_bad="""\
network = keras.Sequential([keras.Input((20,)), keras.layers.Dense(1)])
network.fit(scaler.transform(x_train), y_train)
network.save("model.keras")
""",
    example_good="""\
network = fitted.to_keras(keras.Sequential([keras.layers.Dense(1)]))
network.compile("adam", "mse")
network.fit(fitted.raw_dataset(train), epochs=20)
ss.Bundle(fitted, network).save("model.samescale")
""",
    related=("SG303", "SG321", "SS401"),
)
