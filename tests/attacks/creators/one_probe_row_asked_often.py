"""One probe row that is to be asked a hundred thousand times: memory from eight bytes a time."""

import json

import numpy as np

from samescale.bundle import tensors

SAYS = "no recorded answer"
TIMES = 100_000


def build(good):
    probe = {**good.json("probe.json"), "asked": [0] * TIMES}
    arrays = tensors.load(good.members()["probe.safetensors"], "probe.safetensors")
    answers = {**arrays, "answer": np.repeat(arrays["answer"][:1], TIMES)}
    return good.sealed(
        {"probe.json": json.dumps(probe).encode(), "probe.safetensors": tensors.dump(answers)}
    )
