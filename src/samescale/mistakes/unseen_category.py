"""SG201: A category that training never saw."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG201",
    name="unseen-category",
    severity="warning",
    cause=(
        "A looked-up column holds a value that isn't among the categories of training: "
        "a new one, or an old one misspelt. One in another form only (case, spaces, "
        "accents) is SG331, a code in place of its name SG332."
    ),
    looks_like=(
        "Rows land in the out-of-vocabulary slot: the prediction is the same for every "
        "new value. The finding names the value, the share of rows and the nearest "
        "known category."
    ),
    fix=(
        "Spell categories as in training. If new ones are real, train again with them; "
        'until then decide with policies={"unseen_category": "raise"} whether such rows '
        "may be answered at all. A closed column, as an encoder of scikit-learn's that "
        'was to raise leaves one (handle_unknown="error"), refuses them at the door: '
        "there it is an error under every policy."
    ),
    example_bad="""\
predictor.predict({"age": [41.0], "city": ["Olso"]})
""",
    example_good="""\
predictor.predict({"age": [41.0], "city": ["Oslo"]})
""",
    related=("SG331", "SG332"),
)
