"""SG310: A number that stands for a missing value."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG310",
    name="sentinel-for-missing",
    severity="warning",
    cause=(
        "A value that isn't known is sent as a number that nobody would measure: -999, 9999, "
        "-1, or 0. Old file formats, form fields and fillna() do so."
    ),
    looks_like=(
        "One number comes again and again that training hadn't, mostly where training had "
        "gaps, and the gaps are gone. The model takes it for a measurement: a person of -999 "
        "years, or one without income."
    ),
    fix=(
        "Send null (None, NaN) in its place; what stands in for a missing value was learned "
        "in training."
    ),
    example_bad="""\
predictor.predict(rows.fillna(-999))
""",
    example_good="""\
predictor.predict(rows.replace(-999, np.nan))
""",
    related=("SG105", "SG203"),
)
