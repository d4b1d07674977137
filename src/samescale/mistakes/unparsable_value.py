"""SG106: A value that can't be read as what its column holds."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG106",
    name="unparsable-value",
    severity="error",
    cause=(
        'Text stands where a number is due, be it "41", or text in a date column is no '
        "date; a body isn't JSON; or a number is outside what its type can hold. CSV "
        'readers and form fields make text of numbers; locales ("1,5") and placeholders '
        '("n/a", "-") make columns of text.'
    ),
    looks_like=(
        "SchemaError, or 400 from the server, with column, row and the text. Loose "
        "readers turn such values into NaN; all of five common model servers that were "
        'tried score "1.5" as a number.'
    ),
    fix=(
        "Convert where the value is read, and say so there: float(text), or the "
        'reader\'s dtype argument. Write dates as ISO 8601 ("2024-05-01T12:00:00Z"); '
        "replace placeholders by null."
    ),
    example_bad="""\
predictor.predict({"age": ["41"], "city": ["Oslo"]})
""",
    example_good="""\
predictor.predict({"age": [41.0], "city": ["Oslo"]})
""",
    related=("SG332",),
)
