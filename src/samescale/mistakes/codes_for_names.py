"""SG332: Codes where names are known, or names where codes are."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG332",
    name="codes-for-names",
    severity="warning",
    cause=(
        "The caller encodes a column itself (LabelEncoder, category codes, an enum's number) "
        "and the bundle looks its raw values up; or it decodes one whose codes training had."
    ),
    looks_like=(
        "A column of names holds '0', '1', '2' and no name any more, or a column of codes "
        "holds names. Every row counts as unknown. The order of an encoder that was fitted "
        "elsewhere is another anyway."
    ),
    fix=(
        "Send the values that training had, before any encoding: the lookup is in the bundle. "
        "A number in a column of text is refused at the door, as SG103."
    ),
    example_bad="""\
rows["city"] = rows["city"].astype("category").cat.codes.astype(str)
predictor.predict(rows)
""",
    example_good="""\
predictor.predict(rows)
""",
    related=("SG103", "SG106", "SG201", "SG204"),
)
