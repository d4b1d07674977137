"""SG305: Values scaled to 0...1 by the extremes of their own batch."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG305",
    name="batch-min-max-scaled",
    severity="warning",
    cause=(
        "The caller scales each request by the smallest and the largest value of that very "
        "request: a MinMaxScaler that is fitted again, or (x - x.min()) / (x.max() - "
        "x.min())."
    ),
    looks_like=(
        "The smallest value of every column of a request is exactly 0 and the largest exactly "
        "1, and a request of one row is all zeros. The same customer gets another answer in "
        "another batch."
    ),
    fix=(
        "Remove that step. The range was learned in training, and the model holds it; where "
        "the model was trained on scaled columns, use training's own range."
    ),
    example_bad="""\
rows = (rows - rows.min()) / (rows.max() - rows.min())
predictor.predict(rows)
""",
    example_good="""\
predictor.predict(rows)
""",
    related=("SS101", "SS102", "SS106"),
)
