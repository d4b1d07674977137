"""SA502: Code that is stored inside a model's file."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SA502",
    name="opaque-code",
    severity="error",
    cause=(
        "A Lambda layer keeps Python bytecode, and a class from outside of Keras runs "
        "whatever its module holds today."
    ),
    looks_like=(
        "Nobody can say what the step computes without running it, and it breaks with the "
        "next version of Python. Preprocessing in a Lambda can't be compared with training's."
    ),
    fix=(
        "Write the step with layers or transforms that are declared: Rescaling, "
        "Normalization, ImageConvention, Computed."
    ),
    example_bad="""\
model = keras.Sequential([keras.layers.Lambda(lambda x: x / 255), base])
model.save("model.keras")
""",
    example_good="""\
model = keras.Sequential([keras.layers.Rescaling(1 / 255), base])
model.save("model.keras")
""",
    related=("SA501",),
)
