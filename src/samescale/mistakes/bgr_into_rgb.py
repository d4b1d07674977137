"""SS601: A picture from OpenCV that enters a model of RGB."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS601",
    name="bgr-into-rgb",
    severity="warning",
    cause=(
        "cv2.imread and VideoCapture give BGR; pretrained weights and pictures read by "
        "Pillow, Keras or torchvision are RGB."
    ),
    looks_like=(
        "Red and blue are exchanged. Accuracy falls a little, and grey pictures show nothing. "
        "In traffic this is SG327."
    ),
    fix="Convert right after reading: cv2.cvtColor(image, cv2.COLOR_BGR2RGB).",
    example_bad="""\
image = cv2.imread("cat.jpg")
answer = model.predict(cv2.resize(image, (224, 224))[None])
""",
    example_good="""\
image = cv2.cvtColor(cv2.imread("cat.jpg"), cv2.COLOR_BGR2RGB)
answer = model.predict(cv2.resize(image, (224, 224))[None])
""",
    related=("SG327",),
)
