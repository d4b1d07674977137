"""SS502: A backbone that gets the convention of another."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS502",
    name="wrong-preprocess-input",
    severity="error",
    cause=(
        "preprocess_input is imported from another module than the backbone, or from "
        "imagenet_utils, which is caffe unless it is told otherwise; or pixels are divided by "
        "255 for a backbone that wants something else."
    ),
    looks_like=(
        "Answers are plausible and less certain than they should be. In traffic this is SG326."
    ),
    fix="Import preprocess_input from the backbone's own module.",
    example_bad="""\
from keras.applications.vgg16 import preprocess_input

base = keras.applications.MobileNetV2()
answer = base.predict(preprocess_input(images))
""",
    example_good="""\
from keras.applications.mobilenet_v2 import preprocess_input

base = keras.applications.MobileNetV2()
answer = base.predict(preprocess_input(images))
""",
    related=("SG323", "SG326", "SA401"),
)
