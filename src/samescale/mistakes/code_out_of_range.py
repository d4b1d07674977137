"""SG204: An integer code that the encoding has no place for."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG204",
    name="code-out-of-range",
    severity="warning",
    cause=(
        "A column of codes goes straight into CategoryEncoding, and a code is below 0 "
        "or not below num_tokens: numbering from 1, a placeholder such as -1, or a "
        "class that was added later."
    ),
    looks_like=(
        "The code becomes a row of zeros, which training may never have seen, and no "
        "error is raised. The finding names the code, its row and the range."
    ),
    fix=(
        "Number codes from 0 to num_tokens - 1 as in training; use IntegerLookup() in "
        "place of CategoryEncoding() where codes may be new, so that they get a slot of "
        "their own."
    ),
    example_bad="""\
predictor.predict({"weekday": [7]})  # trained on 0...6
""",
    example_good="""\
predictor.predict({"weekday": [0]})
""",
    related=("SG332",),
)
