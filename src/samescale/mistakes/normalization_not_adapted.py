"""SS701: A Normalization layer that is used and was never adapted."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS701",
    name="normalization-not-adapted",
    severity="error",
    cause=(
        "keras.layers.Normalization() starts with mean 0 and variance 1, and adapt was "
        "forgotten, or stands after the first fit."
    ),
    looks_like="The layer does nothing, without a word: the network gets raw numbers.",
    fix=(
        "Call adapt on the training rows before fit, or give mean and variance. The layer of "
        "samescale.keras refuses to run before it has learned."
    ),
    example_bad="""\
norm = keras.layers.Normalization()
model = keras.Sequential([norm, keras.layers.Dense(1)])
model.fit(x_train, y_train)
""",
    example_good="""\
norm = keras.layers.Normalization()
norm.adapt(x_train)
model = keras.Sequential([norm, keras.layers.Dense(1)])
model.fit(x_train, y_train)
""",
    related=("SA201",),
)
