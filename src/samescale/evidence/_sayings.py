"""What is said of each mistake, before a verdict fills in columns and numbers."""

from __future__ import annotations

import dataclasses as dc
from typing import Final, final

from samescale.evidence.verdict import DRIFT

NUMBER: Final = (
    {"s": "", "it": "them", "has": "have", "value": "values", "it_comes": "they come",
     "logarithm": "their logarithms"},
    {"s": "s", "it": "it", "has": "has", "value": "value", "it_comes": "it comes",
     "logarithm": "its logarithm"},
)  # fmt: skip
"""What stands for the number: of several columns, of one."""


@final
@dc.dataclass(frozen=True, slots=True)
class Words:
    """The two sentences of a mistake, without names.

    Attributes:
        wrong: What is wrong; no full stop.
        change: What to change.
        scaled: The same where callers are to scale, as training's were; if it is another thing.
    """

    wrong: str
    change: str
    scaled: str = ""


_MODEL_HOLDS: Final = "the model holds its own"
_ONCE: Final = "Scale once in the caller, by training's own scaler, and not again."
_PIXELS: Final = (
    "Send pixels as training had them: scale them in one place, the model or the caller."
)

SAID: Final[dict[str, Words]] = {
    "already-normalised": Words(
        "{columns} arrive{s} already normalised",
        f"Drop the StandardScaler in the caller: {_MODEL_HOLDS}.",
        _ONCE,
    ),
    "already-min-max-scaled": Words(
        "{columns} arrive{s} already scaled to 0…1",
        f"Drop the MinMaxScaler in the caller: {_MODEL_HOLDS}.",
        "Scale in the caller by what training's scaler learned, and by nothing else.",
    ),
    "not-normalised": Words(
        "{columns} arrive{s} raw, where training had {it} normalised",
        "Scale {it} as training did before sending, or keep the scaler in the bundle.",
    ),
    "batch-standardised": Words(
        "{columns} arrive{s} standardised by the batch's own mean and deviation",
        f"Drop that step in the caller: {_MODEL_HOLDS}, learned in training.",
        "Scale by the mean and the deviation of training, not by the batch's.",
    ),
    "batch-min-max-scaled": Words(
        "{columns} arrive{s} scaled to 0…1 by the batch's own extremes",
        f"Drop that step in the caller: {_MODEL_HOLDS}, learned in training.",
        "Scale by what training's scaler learned, not by the batch's extremes.",
    ),
    "columns-permuted": Words(
        "{columns} arrive{s} in another order than in training",
        "Send columns by name, and look where they lose their order.",
    ),
    "other-unit": Words(
        "{columns} arrive{s} in another unit than in training",
        "Convert {it} to the unit of training before sending.",
    ),
    "log-applied": Words(
        "{columns} arrive{s} as {logarithm}",
        "Send the plain {value}: take no logarithm in the caller.",
    ),
    "log-missing": Words(
        "{columns} arrive{s} without the logarithm that training had taken",
        "Take the same logarithm before sending, or train with Log1p() in the chain.",
    ),
    "sentinel-for-missing": Words(
        "{columns} hold{s} a number that stands for a missing value",
        "Send null in its place: what stands in for a missing value was learned in training.",
    ),
    "stuck-column": Words(
        "{columns} hold{s} one value in row after row",
        "Look where {it_comes} from, and send null while the value isn't known.",
    ),
    "pixels-0-255": Words(
        "{pictures} arrive{s} with pixels of 0…255, where training had another range", _PIXELS
    ),
    "pixels-0-1": Words(
        "{pictures} arrive{s} with pixels of 0…1, where training had another range",
        "Drop the division by 255 in the caller, or scale as training did.",
    ),
    "pixels-minus-1-1": Words(
        "{pictures} arrive{s} with pixels of −1…1, where training had another range", _PIXELS
    ),
    "pixels-divided-twice": Words(
        "{pictures} arrive{s} with pixels that were divided by 255 twice",
        "Divide once, in one place.",
    ),
    "image-standardised": Words(
        "{pictures} arrive{s} with each picture standardised by itself",
        "Drop that step in the caller, and send pixels as training had them.",
    ),
    "other-backbone-convention": Words(
        "{pictures} arrive{s} prepared for another backbone",
        "Prepare pictures as the backbone of training wants them, or send the pixels of the file "
        "and put ImageConvention in the chain.",
    ),
    "rgb-bgr": Words(
        "{pictures} arrive{s} with red and blue exchanged",
        "Convert where pictures are read: cv2.cvtColor(image, cv2.COLOR_BGR2RGB).",
    ),
    "channel-order": Words(
        "{pictures} arrive{s} with axes that were reshaped where they had to be moved",
        "Move the axis of the channels with moveaxis or transpose, not with reshape.",
    ),
    "text-other-form": Words(
        "{columns} hold{s} known categories in another form",
        "Write categories as training had them, where they are read.",
    ),
    "codes-for-names": Words(
        "{columns} hold{s} codes where training had names, or names where it had codes",
        "Send the values that training had, before any encoding.",
    ),
    DRIFT: Words(
        "{columns} {has} moved away from training, and no known mistake explains it",
        "Look whether the model still answers well for such rows, and train again if it doesn't.",
    ),
}
