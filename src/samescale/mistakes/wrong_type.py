"""SG103: Values of another type than the column's."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG103",
    name="wrong-type",
    severity="error",
    cause=(
        "A boolean came for a number, a number for a word, a date for a boolean. Loose "
        "languages and untyped JSON do this without a word."
    ),
    looks_like=(
        "SchemaError, or 400 from the server, with the column, the first row and its "
        "value. All of five common model servers that were tried score true as 1.0."
    ),
    fix=(
        "Send what the column held in training. Nothing is converted for you: a true "
        "among the ages is rather another field than an age of 1."
    ),
    example_bad="""\
predictor.predict({"age": [True], "city": ["Oslo"]})
""",
    example_good="""\
predictor.predict({"age": [41.0], "city": ["Oslo"]})
""",
    related=("SG332",),
)
