"""An infinity among the profile's arrays: the guard would measure nonsense."""

import numpy as np

from samescale.bundle import tensors

SAYS = "holds an infinity in 'table/mean'"


def build(good):
    arrays = {"table/mean": np.array([0.0, np.inf])}
    return good.sealed({"profile.safetensors": tensors.dump(arrays)})
