"""SS501: A pretrained backbone that gets raw pixels."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS501",
    name="missing-preprocess-input",
    severity="warning",
    cause=(
        "Weights of ImageNet were trained on pixels in a convention of their own, and no step "
        "of the script brings pixels there."
    ),
    looks_like=(
        "Predictions of the backbone are nonsense; a head that is trained on its features "
        "learns all the same, from worse features."
    ),
    fix=(
        "Call preprocess_input of the backbone's own module, or put ImageConvention with its "
        "name in the chain."
    ),
    example_bad="""\
base = keras.applications.ResNet50(weights="imagenet")
answer = base.predict(images)
""",
    example_good="""\
base = keras.applications.ResNet50(weights="imagenet")
answer = base.predict(keras.applications.resnet50.preprocess_input(images))
""",
    related=("SG321", "SG326", "SA402"),
)
