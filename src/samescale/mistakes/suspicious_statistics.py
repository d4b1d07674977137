"""SA202: Statistics that no training table can have given."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SA202",
    name="suspicious-statistics",
    severity="error",
    cause=(
        "A variance of 0 in every column (a scaler that was fitted on one row), a NaN or an "
        "infinity (one bad value in training), a range of 0, or the mean of raw pixels behind "
        "a layer that has divided them already."
    ),
    looks_like=(
        "The file loads. Every row becomes zeros, NaN, or a number far outside of training."
    ),
    fix=(
        "Fit it again on the training rows, and look at what it learned: samescale inspect "
        "prints it."
    ),
    example_bad="""\
scaler = StandardScaler().fit(x_train[:1])
joblib.dump(scaler, "scaler.pkl")
""",
    example_good="""\
scaler = StandardScaler().fit(x_train)
joblib.dump(scaler, "scaler.pkl")
""",
    related=("SS102",),
)
