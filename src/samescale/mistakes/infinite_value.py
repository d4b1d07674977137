"""SG107: An infinite value."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG107",
    name="infinite-value",
    severity="error",
    cause=(
        "A value is +inf or -inf: a division by zero upstream, a logarithm of zero, a "
        'sentinel for "none", or a literal (Infinity) that isn\'t JSON.'
    ),
    looks_like=(
        "DataError while adapting, SchemaError or 400 at prediction, with column and "
        "row. One infinity in training makes a mean infinite and the variance NaN, and "
        "with them every row."
    ),
    fix=(
        'Find the division; if infinity means "not known", make it missing (None) and '
        "put Impute(...) in the chain."
    ),
    example_bad="""\
table["ratio"] = table["paid"] / table["due"]
""",
    example_good="""\
table["ratio"] = (table["paid"] / table["due"]).where(table["due"] != 0)
""",
)
