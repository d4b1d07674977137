"""Writes a bundle as a SavedModel: `make.py BUNDLE FOLDER`, in a process that runs TensorFlow.

Beside FOLDER it leaves `written.json`, what the model takes and gives, and the probe rows as it
takes them.
"""

from __future__ import annotations

import dataclasses as dc
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from samescale.export import _alone, _keras, _told
from samescale.export._original import Original
from samescale.export.base import Given

if TYPE_CHECKING:
    from collections.abc import Callable


def main(bundle: Path, out: Path) -> None:
    """Write the model, and what must be known of it."""
    source = Original.of(bundle)
    made = _keras.made(source, wide=True)
    told = _keras.sent(source, made.sides)
    outputs, answer = _signature(source, made, [x.name for x in told["inputs"]])
    specs = {x.name: tf.TensorSpec((None, *x.shape), x.dtype, name=x.name) for x in told["inputs"]}
    module = tf.Module()
    module.weights = [variable.value for variable in made.model.variables]
    module.serve = tf.function(answer, autograph=False)
    tf.saved_model.save(
        module, str(out), {"serving_default": module.serve.get_concrete_function(specs)}
    )
    _alone.pack(out.parent, _alone.GIVEN, _keras.crossed(source))
    written = {
        "inputs": [dc.asdict(x) for x in told["inputs"]],
        "outputs": [dc.asdict(x) for x in outputs],
        "notes": list(told["notes"]),
    }
    (out.parent / "written.json").write_text(json.dumps(written), encoding="utf-8")


def _signature(
    source: Original, made: Any, taken: list[str]
) -> tuple[tuple[Given, ...], Callable[[Any], dict[str, Any]]]:
    """The outputs, and the function that gives them."""
    classes, first = source.fitted.classes, made.output
    if classes is None:
        return (first,), lambda inputs: {first.name: made.model(inputs, training=False)}
    label = _told.free(source.target, [*taken, first.name])
    names = tf.constant(list(classes))

    def answer(inputs: Any) -> dict[str, Any]:
        found = made.model(inputs, training=False)
        codes = tf.argmax(found, axis=1)
        return {first.name: found, label: tf.gather(names, codes)}

    return (first, Given(label, "class", names.dtype.name)), answer


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
