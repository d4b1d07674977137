"""An array that says that it is a terabyte large."""

import json
import struct

SAYS = "should be bytes"


def build(good):
    header = {"features/0": {"dtype": "F32", "shape": [2**38], "data_offsets": [0, 2**40]}}
    text = json.dumps(header).encode()
    return good.sealed({"arrays.safetensors": struct.pack("<Q", len(text)) + text + bytes(64)})
