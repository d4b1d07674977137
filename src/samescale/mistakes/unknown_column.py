"""SG102: A column arrived that the preprocessing has never heard of."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG102",
    name="unknown-column",
    severity="error",
    cause=(
        "The caller's table has a column that isn't in the input contract: a "
        "misspelling of one that is, the target itself, an index, or a feature that a "
        "newer model takes."
    ),
    looks_like=(
        "SchemaError, or 400 from the server, naming the column. Servers that drop it "
        "silently score the row without the value that the caller believes to have "
        "sent."
    ),
    fix=(
        "Correct the name, or leave the column out. If the model should use it, add it "
        "to the spec and train again."
    ),
    example_bad="""\
predictor.predict({"age": [41.0], "city": ["Oslo"], "ctiy": ["Bergen"]})
""",
    example_good="""\
predictor.predict({"age": [41.0], "city": ["Bergen"]})
""",
)
