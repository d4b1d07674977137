"""SG311: A column that holds one value in row after row."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG311",
    name="stuck-column",
    severity="warning",
    cause=(
        "A sensor hangs, a form sends its default, a join lost its key, a store of features "
        "answers with the last value or with 0. Each single row is fine."
    ),
    looks_like=(
        "A column that varied in training has one value in many different rows. A typical "
        "value takes a batch or a stream to be told, for one row can't be stuck at it, and "
        "natural traffic can imitate that: a batch of one day has one date. So it weighs less "
        "where training itself had few values in the column."
    ),
    fix=(
        "Look at where the column comes from, and send null while its value isn't known. "
        "Switch this mistake off for a column in which one value for hours is natural."
    ),
    example_bad="""\
last = {"temperature": 21.4}
predictor.predict([{**last, "humidity": h} for h in humidity])
""",
    example_good="""\
temperature = [sensor.read() for _ in humidity]
predictor.predict({"temperature": temperature, "humidity": humidity})
""",
)
