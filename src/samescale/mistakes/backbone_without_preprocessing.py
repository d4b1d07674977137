"""SA402: A backbone that takes prepared pixels, and a file that doesn't prepare them."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SA402",
    name="backbone-without-preprocessing",
    severity="warning",
    cause=(
        "The model begins with a backbone that has nothing inside (ResNet, VGG, MobileNetV2, "
        "DenseNet), and preprocess_input lives in the script."
    ),
    looks_like=(
        "The input is called image and takes any float. Callers send 0...255, 0...1 or what "
        "another tutorial says."
    ),
    fix=(
        "Put the step into the model, or save a bundle with ImageConvention and the "
        "backbone's name in the chain."
    ),
    example_bad="""\
base = keras.applications.ResNet50(include_top=False)
model = keras.Sequential([base, keras.layers.Dense(10)])
model.save("model.keras")
""",
    example_good="""\
spec = ss.Spec({"photo": ss.ImageConvention("resnet50")})
fitted = spec.adapt({"photo": train_images})
ss.Bundle(fitted, model).save("model.samescale")
""",
    related=("SG326", "SS501"),
)
