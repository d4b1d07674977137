"""SG324: Pixels that were divided by 255 twice."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG324",
    name="pixels-divided-twice",
    severity="warning",
    cause=(
        "A loader divides by 255 and so does the code behind it, for each has been copied "
        "from a place where the other didn't."
    ),
    looks_like=(
        "No value is above 1/255. Every picture is black to the model, and all get the same answer."
    ),
    fix="Divide once, in one place: in the model, if it rescales inside.",
    example_bad="""\
images = transforms.ToTensor()(picture) / 255
predictor.predict({"photo": images[None]})
""",
    example_good="""\
images = transforms.ToTensor()(picture)
predictor.predict({"photo": images[None]})
""",
    related=("SS301", "SA301"),
)
