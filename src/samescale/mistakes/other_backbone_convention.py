"""SG326: Pixels prepared for another backbone."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG326",
    name="other-backbone-convention",
    severity="warning",
    cause=(
        "Each pretrained backbone has its own way with pixels: caffe (BGR, less ImageNet's "
        "mean), tf (-1...1), torch (ImageNet's mean and deviation). The caller applies that "
        "of another one; imagenet_utils.preprocess_input is caffe unless it is told "
        "otherwise."
    ),
    looks_like=(
        "Pixels lie around 0 with a spread of 60, or of 1, where training had another range. "
        "Some classes are still right, with less certainty, so it goes unnoticed."
    ),
    fix=(
        "Apply the convention of the backbone that was trained. Better, put "
        "ImageConvention('resnet50') with its name in the chain and send the pixels of the "
        "file."
    ),
    example_bad="""\
from keras.applications.imagenet_utils import preprocess_input

model = keras.applications.DenseNet121()
model.predict(preprocess_input(images))
""",
    example_good="""\
from keras.applications.densenet import preprocess_input

model = keras.applications.DenseNet121()
model.predict(preprocess_input(images))
""",
    related=("SS501", "SS502", "SS503", "SA401", "SA402", "SA601", "SA602"),
)
