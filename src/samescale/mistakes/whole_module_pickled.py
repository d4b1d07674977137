"""SA503: A torch module that was pickled whole."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SA503",
    name="whole-module-pickled",
    severity="warning",
    cause=(
        "torch.save(model) stores a pickle that names the classes of the script, in place of "
        "tensors by name."
    ),
    looks_like=(
        "It loads only where that script has the same modules under the same names, only with "
        "weights_only=False, and can run code."
    ),
    fix=(
        "Save the state dict beside the code, or the network as a program: torch.export, or a "
        "bundle, which keeps operations and tensors."
    ),
    example_bad="""\
torch.save(model, "model.pt")
""",
    example_good="""\
torch.save(model.state_dict(), "model.pt")
""",
    related=("SA501",),
)
