"""SA201: A saved Normalization layer that was never adapted."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SA201",
    name="unadapted-normalization",
    severity="error",
    cause=(
        "The layer was saved with the mean 0 and the variance 1 that it starts with. Its "
        "counter doesn't help: Keras 3 leaves that at 0 after adapt, too."
    ),
    looks_like="The file seems to hold its preprocessing, and does nothing to a number.",
    fix="Adapt the layer on the training rows, train again and save.",
    example_bad="""\
norm = keras.layers.Normalization()
keras.Sequential([keras.Input((3,)), norm]).save("model.keras")
""",
    example_good="""\
norm = keras.layers.Normalization()
norm.adapt(x_train)
keras.Sequential([keras.Input((3,)), norm]).save("model.keras")
""",
    related=("SS701",),
)
