"""A stored estimator with an array that unpacks to 64 megabytes of zeros."""

import zipfile

SAYS = "declares more bytes than it has"
ERROR = "ModelError"
WITH_FRAMEWORK = True


def build(good):
    files = {**good.skops(), "bomb.npy": bytes(2**26)}
    return good.with_skops(files, zipfile.ZIP_DEFLATED)
