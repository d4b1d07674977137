import copy
import json
import subprocess
import sys

import numpy as np
import pytest

from samescale.errors import GraphError
from samescale.ir import nodes as n
from samescale.ir.build import array, const, mul, sub, where_nan
from samescale.ir.reference import run
from samescale.ir.serial import MAX_NODES, digest, from_json, to_json
from samescale.ir.types import TensorType
from tests.strategies import same_bits

X = n.Input("x", TensorType("float32", (2,)))
WIDE = n.Input("wide", TensorType("float64", (100,)))
TEXT = n.Input("text", TensorType("string"))
CODE = n.Lookup(n.Lower(TEXT), ("é", '"'), (1, 2), 0, 0)
GRAPH = n.Graph(
    (
        ("x", mul(sub(where_nan(X, [0.1, -0.0]), 1 / 3), 1e-40)),
        ("wide", sub(WIDE, np.arange(100) / 128)),
        (
            "text",
            n.OneHot(n.Lookup(n.Lower(TEXT), ("é", '"'), (1, 2), 0, 0), 3, "one_hot", "uint8"),
        ),
        ("power", n.Power(X, 0.5)),
    )
)
GOLDEN = "sha256:156d0f1fbe58ed7df87d0ee7de9b7067be15682864bec44af80c148c2743462a"


def document():
    written, arrays = to_json(GRAPH)
    return json.loads(json.dumps(written)), dict(arrays)


def test_the_digest_of_a_graph_never_changes():
    assert digest(GRAPH) == GOLDEN


def test_the_digest_does_not_depend_on_the_process():
    code = "from tests.unit.ir.test_serial import GRAPH, digest; print(digest(GRAPH))"
    found = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    ]
    assert found == [GOLDEN, GOLDEN]


@pytest.mark.parametrize(
    "other",
    [
        n.Graph(GRAPH.outputs[::-1]),
        n.Graph((("y", GRAPH.outputs[0][1]), *GRAPH.outputs[1:])),
        n.Graph((*GRAPH.outputs[:3], ("power", n.Power(X, 0.25)))),
        n.Graph((*GRAPH.outputs[:3], ("power", n.Sub(X, const(-0.0, "float32"))))),
        n.Graph((*GRAPH.outputs[:3], ("power", n.Sub(X, const(0.0, "float32"))))),
        n.Graph((*GRAPH.outputs[:3], ("power", n.Sub(X, const([0.0], "float32"))))),
        GRAPH,
    ],
)
def test_another_graph_has_another_digest(other):
    assert (digest(other) == GOLDEN) == (other is GRAPH)


def test_big_arrays_stand_apart_and_small_ones_inline():
    written, arrays = document()
    assert [array_.shape for array_ in arrays.values()] == [(100,)]
    inline = [node["value"] for node in written["nodes"] if node["op"] == "Const"]
    assert {"dtype", "shape", "data"} in [set(value) for value in inline]
    assert {"array"} in [set(value) for value in inline]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_hostile_constants_come_back_to_the_bit(dtype):
    with np.errstate(over="ignore"):
        hostile = np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324, 1e-45, 0.1, 1e308]).astype(dtype)
    x = n.Input("x", TensorType(dtype, (8,)))
    written, arrays = to_json(n.Graph((("y", n.Sub(x, n.Const(hostile))),)))
    again = from_json(json.loads(json.dumps(written, allow_nan=False)), arrays)
    assert same_bits(again.outputs[0][1].y.value, hostile)


def test_what_is_read_runs_and_its_arrays_can_not_be_written():
    written, arrays = document()
    again = from_json(written, arrays)
    given = {
        "x": np.ones((2, 2), np.float32),
        "wide": np.ones((2, 100)),
        "text": np.array(["É", None], object),
    }
    before, after = run(GRAPH, given), run(again, given)
    assert all(same_bits(before[name], after[name]) for name in before)
    assert not any(x.value.flags.writeable for x in again.nodes if isinstance(x, n.Const))


def at(path, value):
    def change(written, arrays):
        place = written
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


def changed(change):
    return lambda written, _: change(written)


def changed_arrays(change):
    return lambda _, arrays: change(arrays)


def as_objects(arrays):
    arrays.update({name: value.astype(object) for name, value in arrays.items()})


INDEX = {node["op"]: i for i, node in enumerate(to_json(GRAPH)[0]["nodes"])}
ATTACKS = {
    "no version": (changed(lambda w: w.pop("version")), "is an object of"),
    "more keys": (at(["more"], 1), "is an object of"),
    "other version": (at(["version"], 2), "of version 2"),
    "version true": (at(["version"], True), "of version True"),
    "nodes not a list": (at(["nodes"], {}), "'nodes' is not a list"),
    "no outputs": (at(["outputs"], []), "'outputs' is not a list"),
    "node not an object": (at(["nodes", 0], [1]), "no operation"),
    "unknown operation": (at(["nodes", 0, "op"], "System"), "'System' is no operation"),
    "operation not text": (at(["nodes", 0, "op"], ["Sub"]), "no operation"),
    "unknown field": (at(["nodes", 0, "code"], 1), "unknown fields ['code']"),
    "missing field": (changed(lambda w: w["nodes"][0].pop("name")), "unknown fields ['name']"),
    "forward reference": (at(["nodes", INDEX["IsNan"], "x"], 99), "earlier node"),
    "self reference": (at(["nodes", INDEX["IsNan"], "x"], INDEX["IsNan"]), "earlier node"),
    "negative reference": (at(["nodes", INDEX["IsNan"], "x"], -1), "earlier node"),
    "reference true": (at(["nodes", INDEX["IsNan"], "x"], False), "whole number"),
    "name not text": (at(["nodes", 0, "name"], 5), "is not text"),
    "unknown dtype": (at(["nodes", 0, "type", "dtype"], "object"), "a dtype of the graph"),
    "dtype a list": (at(["nodes", 0, "type", "dtype"], ["float32"]), "a dtype of the graph"),
    "shape not whole": (at(["nodes", 0, "type", "shape"], [2.0]), "whole number"),
    "huge shape": (at(["nodes", 0, "type", "shape"], [2**40]), "a shape of at most"),
    "negative shape": (at(["nodes", 0, "type", "shape"], [-2]), "a shape of at most"),
    "deep shape": (at(["nodes", 0, "type", "shape"], [1] * 99), "a shape of at most"),
    "array missing": (changed_arrays(dict.clear), "the name of an array"),
    "array not used": (changed_arrays(lambda a: a.update(more=np.zeros(3))), "'more' is not used"),
    "array of objects": (
        changed_arrays(as_objects),
        "array of numbers",
    ),
    "power whole": (at(["nodes", INDEX["Power"], "exponent"], 1), "number with a point"),
    "power infinite": (at(["nodes", INDEX["Power"], "exponent"], "Infinity"), "finite"),
    "mode": (at(["nodes", INDEX["OneHot"], "mode"], "hot"), "one of one_hot"),
    "depth": (at(["nodes", INDEX["OneHot"], "depth"], 2**40), "more than"),
    "depth text": (at(["nodes", INDEX["OneHot"], "depth"], "3"), "whole number"),
    "keys mixed": (at(["nodes", INDEX["Lookup"], "keys"], ["a", None]), "texts or of whole"),
    "keys repeated": (at(["nodes", INDEX["Lookup"], "keys"], ["a", "a"]), "more than once"),
    "output not a pair": (at(["outputs", 0], ["x"]), "not a pair"),
    "output name": (at(["outputs", 0, 0], 3), "is not text"),
    "output twice": (at(["outputs", 1, 0], "x"), "stands there twice"),
    "output unknown": (at(["outputs", 0, 1], 10**6), "earlier node"),
    "node not used": (changed(lambda w: w["outputs"].pop()), "no output needs"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_refuses(attack):
    change, reason = ATTACKS[attack]
    written, arrays = document()
    change(written, arrays)
    with pytest.raises(GraphError) as caught:
        from_json(written, arrays)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("dtype", "data", "reason"),
    [
        ("float32", [0.1], "rounds it"),
        ("float32", [1e300], "rounds it"),
        ("float32", [1], "number with a point"),
        ("float32", ["nan"], "number with a point"),
        ("float32", [1.0, 2.0], "the shape of 2 entries"),
        ("float32", [1.0] * 65, "the shape of 65 entries"),
        ("int64", [True], "whole number"),
        ("uint8", [256], "array of uint8"),
        ("bool", [1], "true or false"),
        ("string", [1], "is not text"),
    ],
)
def test_refuses_inline_arrays(dtype, data, reason):
    shape = [65] if len(data) == 65 else [1]
    x = {"op": "Input", "name": "x", "type": {"dtype": dtype, "shape": [1]}}
    value = {"op": "Const", "value": {"dtype": dtype, "shape": shape, "data": data}}
    equal = {"op": "Equal", "x": 0, "y": 1}
    written = {"version": 1, "nodes": [x, value, equal], "outputs": [["y", 2]]}
    with pytest.raises(GraphError, match=reason):
        from_json(written, {})


def test_refuses_too_many_nodes():
    written, arrays = document()
    written["nodes"] = [copy.copy(written["nodes"][0])] * (MAX_NODES + 1)
    with pytest.raises(GraphError, match="'nodes' is not a list"):
        from_json(written, arrays)


@pytest.mark.parametrize("junk", [None, [], 3, "graph", {}, {"nodes": 1}])
def test_refuses_junk(junk):
    with pytest.raises(GraphError):
        from_json(junk, {})


def test_big_endian_arrays_are_the_same_graph():
    big = n.Const((np.arange(100) / 128).astype(">f8"))
    assert digest(n.Graph((("y", n.Sub(WIDE, big)),))) == digest(
        n.Graph((("y", n.Sub(WIDE, n.Const(array(np.arange(100) / 128, "float64")))),))
    )


def test_a_field_that_has_its_default_is_left_out_and_not_read():
    def stored(node):
        return to_json(n.Graph((("y", n.HashBucket(node, 5, 0)),)))

    plain, other = stored(n.Split(TEXT, 3)), stored(n.Split(TEXT, 3, "character", (1, 2)))
    assert plain[0]["nodes"][1] == {"op": "Split", "x": 0, "length": 3}
    assert other[0]["nodes"][1] == {
        "op": "Split", "x": 0, "length": 3, "by": "character", "ngrams": [1, 2],
    }  # fmt: skip
    assert all(to_json(from_json(*pair))[0] == pair[0] for pair in (plain, other))
    assert from_json(*plain).nodes[1].ngrams == (1,)
    for wrong, said in [
        ({"by": "whitespace"}, r"Split spells out the defaults of \['by'\]"),
        ({"by": "line"}, "'line' is not one of whitespace, character"),
        ({"bye": "character"}, r"missing or unknown fields \['bye'\]"),
    ]:
        spelled = copy.deepcopy(plain[0])
        spelled["nodes"][1] |= wrong
        with pytest.raises(GraphError, match=said):
            from_json(spelled, {})
    del (short := copy.deepcopy(plain[0]))["nodes"][1]["length"]
    with pytest.raises(GraphError, match=r"missing or unknown fields \['length'\]"):
        from_json(short, {})
