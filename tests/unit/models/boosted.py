"""The table that the kinds of boosted trees are tested on, and what is asked of each."""

from __future__ import annotations

import concurrent.futures
import json
import re

import numpy as np
import pytest

from samescale import sources
from samescale.errors import ModelError, SpecError
from samescale.spec import Spec, Target
from samescale.transforms.category_encoding import CategoryEncoding
from samescale.transforms.normalization import Normalization
from samescale.transforms.string_lookup import StringLookup

ROWS = 300


def table(rows=ROWS, seed=3):
    """Numbers, a string, a number to learn, and two and three classes."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(5, 2, rows), rng.normal(size=rows)
    city = np.array(rng.choice(["Bern", "Oslo"], rows), object)
    price = 3 * x - y + (city == "Oslo")
    level = np.array(["low", "middle", "high"], object)[np.digitize(price, [13, 17])]
    dear = np.array(["no", "yes"], object)[(price > 15).astype(int)]
    return {"x": x, "y": y, "city": city, "price": price, "level": level, "dear": dear}


def adapt(table, target):
    city = [StringLookup(), CategoryEncoding(output_mode="one_hot")]
    columns = {"x": Normalization(), "y": Normalization(), "city": city}
    return Spec(columns, target=target).adapt(table)


TARGETS = {
    "number": Target("price", Normalization()),
    "two": Target("dear", StringLookup(vocabulary=["no", "yes"])),
    "three": Target("level", StringLookup(vocabulary=["low", "middle", "high"])),
}
TABLE = table()
FITTED = {name: adapt(TABLE, target) for name, target in TARGETS.items()}


def data(name):
    """Matrix and labels of the training rows."""
    return FITTED[name].matrix(TABLE), FITTED[name].labels(TABLE)


def loaded(kind, model, fitted):
    kind.check(model, fitted)
    return kind.load(kind.save(model), kind.config(model, fitted), fitted)


def answers(kind, model, name):
    """What the stored model answers for the training rows."""
    return loaded(kind, model, FITTED[name]).predict(FITTED[name].admit(TABLE))


def check_laws(kind, model, name):
    """The laws of a runtime: same bits twice, alone and among others, in several threads."""
    fitted = FITTED[name]
    runtime, columns = loaded(kind, model, fitted), fitted.admit(TABLE)
    first = runtime.predict(columns)
    np.testing.assert_array_equal(runtime.predict(columns), first)
    alone = [runtime.predict({k: v[i : i + 1] for k, v in columns.items()})[0] for i in range(9)]
    np.testing.assert_array_equal(alone, first[:9])
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for found in pool.map(runtime.predict, [columns] * 12):
            np.testing.assert_array_equal(found, first)
    if fitted.classes is not None:
        assert first.shape == (ROWS, len(fitted.classes))
        np.testing.assert_allclose(first.sum(axis=1), 1, rtol=1e-6)
    return first


def check_bytes(kind, train):
    """The same training, the same bytes; and a model read back is written alike."""
    first = kind.save(train())
    assert kind.save(train()) == first
    assert kind.save(kind.restore(first)) == first


def check_network(kind, model, name):
    """The ONNX graph answers as the runtime, on rows near training and far from it."""
    pytest.importorskip("onnx")
    ort = pytest.importorskip("onnxruntime")
    fitted = FITTED[name]
    rows = hostile()
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(kind.network(model, fitted), options)
    columns = fitted.admit(rows)
    (found,) = session.run(["answers"], {"features": fitted.matrix_of(columns)})
    expected = loaded(kind, model, fitted).predict(columns)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    apart = np.abs(found - expected) / np.maximum(1, np.abs(expected))
    assert apart.max() <= kind.rtol
    return found, expected


def hostile():
    """Rows of the training, ones a bit beside them, and far away."""
    rows = table()
    far = table(60, seed=5)
    far["x"] = np.random.default_rng(1).choice([1e30, -1e30, 0.0, 1e-40, 1e5], 60)
    far["y"] = np.random.default_rng(2).choice([1e9, -1e9, -0.0, 1e-35, -1e-35], 60)
    beside = {k: np.nextafter(v, 9e9) if v.dtype.kind == "f" else v for k, v in rows.items()}
    return {k: np.concatenate([rows[k], far[k], beside[k]]) for k in rows}


def check_every_byte(kind, model, step):
    """Nothing that is in a file ends in another error than ModelError, or in the process."""
    ((member, content),) = kind.save(model).items()
    for place in range(0, len(content), step):
        for flip in (1, 8):
            changed = content[:place] + bytes([content[place] ^ flip]) + content[place + 1 :]
            try:
                kind.restore({member: changed})
            except ModelError:
                continue


def check_training(kind, name, **options):
    """The default model learns, tells how far it is, and is fixed by its seed."""
    source, told = sources.open(TABLE), []
    fitted = FITTED[name]
    options = {"rounds": 15, "patience": 10, "learning_rate": 0.3, **options}
    model, history = kind.train(
        fitted, source, source, progress=lambda *step: told.append(step), **options
    )
    again, _ = kind.train(fitted, source, source, **options)
    assert kind.save(again) == kind.save(model)
    base = {"number": 1.0, "two": np.log(2), "three": np.log(3)}[name]
    assert min(history["val_loss"]) < 0.6 * base
    assert len(history["val_loss"]) == len(history["loss"]) == len(told) <= 15
    assert told[-1][:2] == (len(told), 15)
    assert told[-1][2]["loss"] == pytest.approx(history["loss"][-1])
    return model, history


def check_early_stop(kind):
    """Noise isn't learned for long; the model is that of the best round."""
    rng = np.random.default_rng(0)
    noise = {"x": rng.normal(size=200), "price": rng.normal(size=200)}
    fitted = Spec({"x": Normalization()}, target=Target("price", Normalization())).adapt(noise)
    seen = sources.open({k: v[:100] for k, v in noise.items()})
    unseen = sources.open({k: v[100:] for k, v in noise.items()})
    model, history = kind.train(fitted, seen, unseen, rounds=90, patience=2, learning_rate=0.3)
    assert len(history["val_loss"]) < 90
    runtime = loaded(kind, model, fitted)
    rows = {k: v[100:] for k, v in noise.items()}
    loss = np.mean((runtime.predict(fitted.admit(rows)) - fitted.labels(rows)) ** 2)
    assert loss == pytest.approx(min(history["val_loss"]), rel=1e-4)


def check_options(kind):
    source = sources.open(TABLE)
    with pytest.raises(SpecError, match="Did you mean 'rounds'"):
        kind.train(FITTED["number"], source, source, round=3)


def refused(kind, model, name, match):
    with pytest.raises(ModelError, match=match) as caught:
        kind.check(model, FITTED[name])
    assert caught.value.remedy


def changed(content, change):
    """A JSON member with a change made in it."""
    made = json.loads(content)
    change(made)
    return json.dumps(made, separators=(",", ":")).encode()


def line(content, tree, key, value):
    """A text model with one line of a tree replaced."""
    head, *trees = content.decode().split("\nTree=")
    trees[tree] = re.sub(rf"^{key}=.*$", f"{key}={value}", trees[tree], flags=re.MULTILINE)
    return "\nTree=".join([head, *trees]).encode()
