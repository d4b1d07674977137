"""SG331: Known categories, written otherwise."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG331",
    name="text-other-form",
    severity="warning",
    cause=(
        "Text is written by another program than in training: in capitals, with spaces "
        "around, in quotes, with hyphens for underscores, without its accents, in another "
        "Unicode form, with UTF-8 read as Latin-1, or as '3.0' since a table with gaps turned "
        "whole numbers into floats."
    ),
    looks_like=(
        "A category that training knew well counts as unknown, and its rows get the answer of "
        "the out-of-vocabulary slot. The finding names the pairs and what differs. Where two "
        "categories of training differ in their case alone, case is taken to mean something "
        "in that column; so with accents and the rest."
    ),
    fix=(
        "Write categories as training had them, where they are read. Clean the training table "
        "in the same place if its own spelling was an accident."
    ),
    example_bad="""\
predictor.predict({"pay": ["CASH "], "city": ["oslo"]})
""",
    example_good="""\
predictor.predict({"pay": ["cash"], "city": ["Oslo"]})
""",
    related=("SG201",),
)
