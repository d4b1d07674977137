"""SS302: Pixels that are scaled for a backbone which does so itself."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS302",
    name="backbone-rescales-inside",
    severity="error",
    cause=(
        "EfficientNet, EfficientNetV2, MobileNetV3 and ConvNeXt of keras.applications rescale "
        "in their first layers. Their preprocess_input does nothing; a division by 255 before "
        "them is one too many."
    ),
    looks_like=(
        "Fine-tuning learns all the same, from pictures that are nearly black; used as it is, "
        "the backbone answers nonsense."
    ),
    fix=(
        "Feed pixels of 0...255, or build the backbone with include_preprocessing=False where "
        "it has that argument."
    ),
    example_bad="""\
base = keras.applications.EfficientNetV2B0(include_top=False)
features = base.predict(images / 255.0)
""",
    example_good="""\
base = keras.applications.EfficientNetV2B0(include_top=False)
features = base.predict(images)  # 0...255
""",
    related=("SG322", "SG323", "SS301", "SA301"),
)
