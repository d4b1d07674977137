"""SA102: A file that holds weights and nothing else."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SA102",
    name="holds-weights-only",
    severity="info",
    cause=(
        "It was written by save_weights, or is a state dict: tensors by name, without the "
        "network that they belong to."
    ),
    looks_like=(
        "It can't be loaded without the code that made it, and says nothing of preprocessing."
    ),
    fix=("Fine for a checkpoint; for what is served, save model and preprocessing together."),
    example_bad="""\
model.save_weights("model.weights.h5")
""",
    example_good="""\
ss.Bundle(fitted, model).save("model.samescale")
""",
    related=("SS402",),
)
