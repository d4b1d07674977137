import numpy as np

from samescale.ir import nodes as n
from samescale.ir.build import array, sub
from samescale.ir.show import mermaid, text
from samescale.ir.types import TensorType

CITY = n.Input('ci"ty<b>', TensorType("string"))
AGE = n.Input("age", TensorType("float32", (20,)))
GRAPH = n.Graph(
    (
        ("city", n.Lookup(CITY, tuple(f"city {i}" for i in range(30)), tuple(range(30)), 0, 0)),
        ("age", sub(AGE, np.linspace(0, 1.9, 20))),
        ("bin", n.Bucketize(AGE, array([0.5, 1.5], "float32"))),
    )
)


def test_text_is_a_line_a_node_with_long_lists_counted():
    lines = text(GRAPH).splitlines()
    assert len(lines) == 5 + 3
    assert "keys=('city 0', 'city 1', 'city 2'," in lines[1]
    assert "'city 5', … 24 more)" in lines[1]
    assert "Sub(%2, [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, … 14 more])" in lines[3]
    assert lines[3].endswith("float32[rows, 20]")
    assert "edges=[0.5, 1.5]" in lines[4]
    assert lines[-1] == "output 'bin' = %4"


def test_a_long_word_is_cut_short():
    key = "x" * 500
    shown = text(n.Graph((("c", n.Lookup(CITY, (key,), (1,), 0, 0)),)))
    assert max(map(len, shown.splitlines())) < 200


def test_mermaid_escapes_what_it_would_read():
    shown = mermaid(GRAPH)
    lines = shown.splitlines()
    assert lines[0] == "flowchart LR"
    assert 'n0(["ci#34;ty#60;b#62;<br/>string[rows]"])' in shown
    assert "n2 --> n3" in shown
    assert all(line.count('"') % 2 == 0 for line in lines)
