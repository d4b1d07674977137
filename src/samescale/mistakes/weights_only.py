"""SS402: Only weights are saved."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS402",
    name="weights-only",
    severity="info",
    cause=(
        "save_weights and state_dict keep tensors without the network and without what stands "
        "before it."
    ),
    looks_like=(
        "Architecture and preprocessing must be written again by hand where the weights are "
        "loaded, and are right as long as nobody changes either."
    ),
    fix=(
        "Fine for a checkpoint. For what is served, save the model with its preprocessing in "
        "one file."
    ),
    example_bad="""\
torch.save(model.state_dict(), "model.pt")
""",
    example_good="""\
ss.Bundle(fitted, model).save("model.samescale")
""",
    related=("SA102",),
)
