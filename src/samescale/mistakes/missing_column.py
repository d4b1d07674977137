"""SG101: A column that the preprocessing needs isn't in what arrived."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG101",
    name="missing-column",
    severity="error",
    cause=(
        "The caller's table lacks a column of the input contract: it was renamed, "
        "dropped by a query, misspelt, or lost in a join. The statistics were learned "
        "with it, and no default stands in for a whole column."
    ),
    looks_like=(
        "SchemaError, or 400 from the server, naming the column and the nearest name "
        "that was sent. Left unchecked it shifts every column after it by one, and the "
        "model answers with confident nonsense."
    ),
    fix=(
        "Send every column under the name it had in training; order doesn't matter. "
        "Where a value isn't known, send null (None, NaN) in a column that may be "
        "missing, not a table without the column."
    ),
    example_bad="""\
predictor.predict({"agee": [41.0], "city": ["Oslo"]})
""",
    example_good="""\
predictor.predict({"age": [41.0], "city": ["Oslo"]})
""",
    related=("SG306",),
)
