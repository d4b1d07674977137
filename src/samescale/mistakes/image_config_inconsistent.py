"""SA601: A preprocessor_config.json that contradicts itself or the model."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SA601",
    name="image-config-inconsistent",
    severity="error",
    cause=(
        "Its constants were edited by hand or come from another checkpoint: means of 0...255 "
        "with rescale_factor 1/255, do_normalize without do_rescale, a rescale_factor of 255, "
        "a size other than the model's image_size."
    ),
    looks_like="It loads, and pictures come out in a range that the model has never seen.",
    fix=(
        "Take the file of the checkpoint that the weights come from; where weights were "
        "trained on, save the file that training used."
    ),
    example_bad="""\
config = {"do_rescale": True, "rescale_factor": 1 / 255}
config |= {"do_normalize": True, "image_mean": [123.7, 116.3, 103.5]}
Path("preprocessor_config.json").write_text(json.dumps(config))
""",
    example_good="""\
config = {"do_rescale": True, "rescale_factor": 1 / 255}
config |= {"do_normalize": True, "image_mean": [0.485, 0.456, 0.406]}
Path("preprocessor_config.json").write_text(json.dumps(config))
""",
    related=("SG326", "SG327"),
)
