"""SA301: A saved model that scales its input twice."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SA301",
    name="scaled-twice-inside",
    severity="error",
    cause=(
        "Two layers or steps in a row do the same: a Rescaling before a backbone that "
        "rescales inside, a StandardScaler before a network whose first layer is an adapted "
        "Normalization of raw columns."
    ),
    looks_like=(
        "Right rows in, and the first trained layer sees numbers next to 0. It was trained "
        "so, or was put together so after training, which is worse."
    ),
    fix="Remove one of the two, and train again if training had both.",
    example_bad="""\
base = keras.applications.EfficientNetB0(include_top=False)
model = keras.Sequential([keras.layers.Rescaling(1 / 255), base])
model.save("model.keras")
""",
    example_good="""\
base = keras.applications.EfficientNetB0(include_top=False)
model = keras.Sequential([base])
model.save("model.keras")
""",
    related=("SG301", "SG302", "SG322", "SG324", "SS301", "SS302"),
)
