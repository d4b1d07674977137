"""SG202: Values outside what training saw."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG202",
    name="outside-extent",
    severity="warning",
    cause=(
        "A number lies below the smallest or above the largest value of training: "
        "another unit (cents, metres, Kelvin), a value that was scaled already or not "
        "unscaled, a sentinel such as -999, or real drift."
    ),
    looks_like=(
        "The scaled value is far from anything the model was fitted on, and it "
        "extrapolates. The finding names the value, the extent of training and the "
        "distance in widths of that extent."
    ),
    fix=(
        "Send values in the units of the training data, raw: scaling is the predictor's "
        "work. Replace sentinels by null. Put Clip(...) in the chain if such values are "
        "real and should count as the extreme."
    ),
    example_bad="""\
predictor.predict({"age": [(41.0 - 38.6) / 13.7]})
""",
    example_good="""\
predictor.predict({"age": [41.0]})
""",
    related=("SG307", "SG390"),
)
