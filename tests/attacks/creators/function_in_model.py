"""An estimator with a function of the operating system among its settings."""

import json

SAYS = "isn't plain data: posix.system"
ERROR = "ModelError"
WITH_FRAMEWORK = True


def build(good):
    schema = json.loads(good.skops()["schema.json"])
    schema["content"]["content"]["solver"] = {
        "__class__": "system",
        "__module__": "posix",
        "__loader__": "FunctionNode",
    }
    text = json.dumps(schema, separators=(",", ":")).encode()
    return good.with_skops({**good.skops(), "schema.json": text})
