"""SG327: Pictures whose red and blue are exchanged."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG327",
    name="rgb-bgr",
    severity="warning",
    cause=(
        "OpenCV reads BGR, nearly everything else reads RGB; one of training and caller "
        "converts and the other doesn't."
    ),
    looks_like=(
        "Skies are orange. Shape and range are right, a grey picture doesn't change at all, "
        "and accuracy falls only a little. It takes some pictures to be told, for one picture "
        "may be of a sunset."
    ),
    fix=(
        "Convert where the picture is read, cv2.cvtColor(image, cv2.COLOR_BGR2RGB), or put "
        "ChannelOrder(...) in the chain."
    ),
    example_bad="""\
image = cv2.imread(path)
predictor.predict({"photo": image[None]})
""",
    example_good="""\
image = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)
predictor.predict({"photo": image[None]})
""",
    related=("SS601", "SA601"),
)
