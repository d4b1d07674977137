"""SA602: A vision model in a folder without preprocessor_config.json."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SA602",
    name="image-config-missing",
    severity="warning",
    cause="The model was saved alone, and what prepared its pictures wasn't.",
    looks_like=(
        "Who loads the folder gets the defaults of the class, or takes the file of another model."
    ),
    fix="Save both into the folder.",
    example_bad="""\
model.save_pretrained("checkpoint")
""",
    example_good="""\
model.save_pretrained("checkpoint")
images.save_pretrained("checkpoint")
""",
    related=("SG326",),
)
