"""SG306: Columns that stand in another order than in training."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG306",
    name="columns-permuted",
    severity="warning",
    cause=(
        "Values go in by position, and the positions aren't those of training: names that "
        "were sorted on the way, a query with columns added in front, a set made into a list, "
        "two fields of a form exchanged."
    ),
    looks_like=(
        "Each value is legal somewhere, only not where it stands: heights among the weights. "
        "Answers are plausible and wrong. The finding says which column arrived under which "
        "name."
    ),
    fix=(
        "Send columns by name, as a data frame or a dict. Where only an array is at hand, "
        "write the list of names down once and use it on both sides."
    ),
    example_bad="""\
array = frame[sorted(frame.columns)].to_numpy()
predictor.predict(array)
""",
    example_good="""\
predictor.predict(frame)
""",
    related=("SG101",),
)
