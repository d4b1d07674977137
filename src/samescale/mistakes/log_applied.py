"""SG308: A column that comes as its logarithm."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG308",
    name="log-applied",
    severity="warning",
    cause=(
        "The caller takes the logarithm of a skewed column (log, log1p, log10), as the "
        "notebook of the first model did, and the model that answers takes it inside or never "
        "wanted it."
    ),
    looks_like=(
        "Prices between 5 and 12 where training had hundreds to hundred thousands. All rows "
        "look like the cheapest of training."
    ),
    fix=(
        "Remove the logarithm in the caller; put Log1p() in the column's chain if the model "
        "should see it."
    ),
    example_bad="""\
rows["price"] = np.log1p(rows["price"])
predictor.predict(rows)
""",
    example_good="""\
predictor.predict(rows)
""",
    related=("SS202",),
)
