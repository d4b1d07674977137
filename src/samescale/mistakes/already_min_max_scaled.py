"""SG302: Values that were scaled to 0...1 before they came."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG302",
    name="already-min-max-scaled",
    severity="warning",
    cause=(
        "The caller scales what it sends to 0...1 by the smallest and the largest value of "
        "training (MinMaxScaler, a formula in SQL), and the model scales its raw columns "
        "inside."
    ),
    looks_like=(
        "Numbers between 0 and 1 in columns that were anything but that. To the model all "
        "rows are alike, and of one extreme kind: an age of 0.4, an income of 0.02."
    ),
    fix=(
        "Drop the scaler in the caller and send the values as they were measured: the model "
        "holds its own."
    ),
    example_bad="""\
span = train.max() - train.min()
predictor.predict((rows - train.min()) / span)
""",
    example_good="""\
predictor.predict(rows)
""",
    related=("SS202", "SS203", "SS301", "SA301"),
)
