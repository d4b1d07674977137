"""SG301: Values that were normalised before they came."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG301",
    name="already-normalised",
    severity="warning",
    cause=(
        "The caller scales what it sends by the mean and the standard deviation of training, "
        "with a StandardScaler that was kept or with numbers out of a notebook, and the model "
        "holds the same step inside. So it is done twice."
    ),
    looks_like=(
        "Numbers around 0 with a spread of about 1 where training had years, euros or metres. "
        "Scaled once more, every row lands next to one and the same point, and answers hardly "
        "move whatever is sent. Many of them lie within the range of training, and all are "
        "numbers, so a check of types and ranges may see nothing. The finding names the "
        "columns, often from one row."
    ),
    fix=(
        "Drop the scaler in the caller and send the values as they were measured: the model "
        "holds its own."
    ),
    example_bad="""\
scaler = joblib.load("scaler.pkl")
predictor.predict(scaler.transform(rows))
""",
    example_good="""\
predictor.predict(rows)
""",
    related=("SS202", "SS301", "SA301"),
)
