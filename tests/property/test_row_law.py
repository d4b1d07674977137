"""The laws of graphs: row by row, simplified without a changed bit, written and read back."""

from __future__ import annotations

import json
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samescale.ir import serial, show
from samescale.ir.cut import cut
from samescale.ir.nodes import Graph, Input, Node, Text, arguments
from samescale.ir.reference import run
from samescale.ir.rewrite import rewrite, share, with_arguments
from samescale.ir.simplify import concatenate, simplify, widths
from samescale.ir.types import TensorType
from samescale.ir.vectorise import vectorise
from samescale.ir.verify import types, verify
from samescale.targets import load
from samescale.targets.numpy import execute
from tests.strategies import assert_same, columns, graphs, joined, tables

seeds = st.integers(0, 2**32 - 1)
few = st.sampled_from([0, 1, 2, 3, 17])
many = settings(max_examples=300, deadline=None)
some = settings(max_examples=150, deadline=None)
compile_numpy = load("numpy").compile


@many
@given(graphs(), few, few, seeds)
def test_rows_do_not_know_of_each_other_in_the_reference(graph, first, second, seed):
    a, b = columns(graph, first, seed), columns(graph, second, seed + 100)
    apart = joined(run(graph, a), run(graph, b))
    assert_same(run(graph, joined(a, b)), apart)


@many
@given(graphs(), few, few, seeds)
def test_rows_do_not_know_of_each_other_in_numpy(graph, first, second, seed):
    compiled = compile_numpy(graph)
    a, b = columns(graph, first, seed), columns(graph, second, seed + 100)
    apart = joined(compiled(a), compiled(b))
    assert_same(compiled(joined(a, b)), apart)


@many
@given(graphs(), st.sampled_from([0, 1, 2, 5, 70]), seeds)
def test_numpy_gives_the_reference_s_bits(graph, rows, seed):
    given_ = columns(graph, rows, seed)
    assert_same(run(graph, given_), compile_numpy(graph)(given_))


@some
@given(graph=st.one_of(graphs(), tables()), rows=st.sampled_from([2, 7, 33]), seed=seeds)
def test_numpy_in_blocks_gives_the_reference_s_bits(graph, rows, seed):
    given_ = columns(graph, rows, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execute, "_CACHE", 48)
        compiled = compile_numpy(graph)
    assert_same(run(graph, given_), compiled(given_))


@some
@given(graphs(), seeds)
def test_numpy_leaves_its_columns_alone_and_gives_what_is_the_caller_s_own(graph, seed):
    given_ = columns(graph, 3, seed)
    before = {name: column.copy() for name, column in given_.items()}
    results = compile_numpy(graph)(given_)
    assert_same(before, given_)
    arrays = [*results.values(), *given_.values()]
    for index, array in enumerate(results.values()):
        others = arrays[:index] + arrays[index + 1 :]
        assert not any(np.shares_memory(array, other) for other in others)


@many
@given(st.one_of(graphs(), tables()), st.sampled_from([1, 5]), seeds)
def test_simplify_changes_no_bit(graph, rows, seed):
    given_ = columns(graph, rows, seed)
    simple = simplify(graph)
    verify(simple)
    assert_same(run(graph, given_), run(simple, given_))


@many
@given(tables(), st.sampled_from([1, 6]), seeds)
def test_vectorise_changes_no_bit(graph, rows, seed):
    given_ = columns(graph, rows, seed)
    simple = vectorise(share(graph))
    verify(simple)
    assert_same(run(graph, given_), run(simple, given_))


@some
@given(graphs())
def test_simplify_adds_no_work_and_is_done_at_once(graph):
    simple = simplify(graph)
    assert len(simple.nodes) <= len(graph.nodes) + 1
    assert serial.digest(simplify(simple)) == serial.digest(simple)


@some
@given(st.one_of(graphs(), tables()), seeds)
def test_concatenate_is_the_outputs_side_by_side(graph, seed):
    numbers = tuple(
        (name, node) for name, node in graph.outputs if types(graph)[id(node)].dtype != "string"
    )
    if not numbers:
        return
    graph = Graph(numbers)
    given_ = columns(graph, 4, seed)
    with np.errstate(all="ignore"):
        parts = [array.astype(np.float32).reshape(4, -1) for array in run(graph, given_).values()]
    assert [part.shape[1] for part in parts] == list(widths(graph).values())
    matrix = run(concatenate(graph), given_)
    assert_same(matrix, {"features": np.concatenate(parts, axis=1)})


@many
@given(st.one_of(graphs(), tables()))
def test_a_graph_survives_being_written_and_read(graph):
    document, arrays = serial.to_json(graph)
    text = json.dumps(document, allow_nan=False)
    again = serial.from_json(json.loads(text), arrays)
    assert serial.digest(again) == serial.digest(graph)
    assert json.dumps(serial.to_json(again)[0]) == text


@some
@given(graphs(), seeds)
def test_the_digest_does_not_know_how_nodes_were_shared(graph, seed):
    doubled = _unshared(graph)
    assert serial.digest(doubled) == serial.digest(graph)
    given_ = columns(graph, 2, seed)
    assert_same(run(doubled, given_), run(graph, given_))


@some
@given(graphs(), st.integers(0, 6), seeds)
def test_both_sides_of_a_cut_together_are_the_graph(graph, modulus, seed):
    # Text can't cross: what is of the text zone is hosted only when all that ends it is, too.
    texts = {kind.__name__ for kind in get_args(Text)}
    kinds = sorted({type(node).__name__ for node in graph.nodes}, key=lambda k: (k in texts, k))
    hosted = set(kinds[:modulus])
    host, device = cut(graph, lambda node: type(node).__name__ in hosted - {"Input", "Const"})
    given_ = columns(graph, 3, seed)
    crossed = run(host, given_) if host.outputs else {}
    assert_same(run(device, {**given_, **crossed}), run(graph, given_))
    assert not any(type(node).__name__ in hosted - {"Input", "Const"} for node in device.nodes)


@some
@given(graphs())
def test_every_graph_can_be_shown(graph):
    shown = show.text(graph)
    assert all(repr(node.name) in shown for node in graph.inputs)
    assert show.mermaid(graph).startswith("flowchart LR\n")


def _unshared(graph: Graph) -> Graph:
    """The same graph with each use of an input a node of its own."""

    def split(node: Node) -> Node:
        if isinstance(node, Input):
            return Input(node.name, TensorType(node.type.dtype, node.type.shape))
        return node

    def rule(node: Node) -> Node:
        return with_arguments(node, tuple(split(x) for x in arguments(node)))

    return rewrite(graph, rule)
