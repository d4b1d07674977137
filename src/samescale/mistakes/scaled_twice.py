"""SS301: A column or an image that is rescaled twice on its way."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS301",
    name="scaled-twice",
    severity="error",
    cause=(
        "A loader divides by 255, and so does the generator, the dataset's map or the first "
        "layer of the model."
    ),
    looks_like=(
        "Every picture is nearly black to the model, or every row nearly the mean. Training "
        "works all the same, only worse, so it stays."
    ),
    fix="Keep one of the two: the one inside the model, for it can't be forgotten.",
    example_bad="""\
images = images / 255.0
model = keras.Sequential([keras.layers.Rescaling(1 / 255), backbone])
model.fit(images, labels)
""",
    example_good="""\
model = keras.Sequential([keras.layers.Rescaling(1 / 255), backbone])
model.fit(images, labels)
""",
    related=("SG301", "SG302", "SG324", "SS302", "SA301"),
)
