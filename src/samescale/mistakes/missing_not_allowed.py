"""SG105: A missing value in a column that had none in training."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG105",
    name="missing-not-allowed",
    severity="error",
    cause=(
        "A value is null, None or NaN, and neither the training data nor the spec has "
        "missing values in that column, so nothing was learned that could stand in for "
        "it."
    ),
    looks_like=(
        "SchemaError, or 400 from the server, with column and row. Unchecked, a NaN "
        "runs through the whole network and comes out as a NaN, or a tree takes a "
        "branch that no training row ever took."
    ),
    fix=(
        "Send the value, or put Impute(...) first in the column's chain and train "
        "again, so that what stands in is learned from training data and is the same "
        "everywhere."
    ),
    example_bad="""\
predictor.predict({"age": [None], "city": ["Oslo"]})
""",
    example_good="""\
spec = ss.Spec({"age": [ss.Impute("median"), ss.Normalization()]})
""",
    related=("SG310",),
)
