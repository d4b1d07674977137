"""A model whose recorded answers were made for another one."""

from samescale.bundle import tensors

SAYS = "the model's answer was"
ERROR = "ProbeError"
WITH_FRAMEWORK = True


def build(good):
    arrays = tensors.load(good.members()["probe.safetensors"], "probe.safetensors")
    answer = arrays["answer"] * (1 + 1e-7)
    return good.sealed({"probe.safetensors": tensors.dump({**arrays, "answer": answer})})
