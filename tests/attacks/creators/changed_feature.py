"""Recorded features that are one unit in the last place away."""

import numpy as np

from samescale.bundle import tensors

SAYS = "column 'age' was"
ERROR = "ProbeError"
WITH_FRAMEWORK = True


def build(good):
    arrays = tensors.load(good.members()["probe.safetensors"], "probe.safetensors")
    age = np.nextafter(arrays["feature/age"], np.float32(np.inf))
    return good.sealed({"probe.safetensors": tensors.dump({**arrays, "feature/age": age})})
