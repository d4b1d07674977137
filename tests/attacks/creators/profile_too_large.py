"""A profile that is larger than any that `adapt` writes."""

import numpy as np

from samescale.bundle import tensors

SAYS = "bytes, more than 33554432"


def build(good):
    arrays = {"table/mean": np.zeros(2**25, np.uint8)}
    return good.sealed({"profile.safetensors": tensors.dump(arrays)})
