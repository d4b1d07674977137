"""The graph of every transform's cases, by its digest: a change of what is computed shows here.

After a change that is meant, `python tests/golden/test_graphs.py` writes the digests anew; the
difference is what is to be reviewed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))

import test_transforms as contract

from samescale.ir import serial

GOLDEN = Path(__file__).with_name("graphs.json")


def digests() -> dict[str, str]:
    return {
        case.id: serial.digest(contract.adapted(case.values[0]).graph) for case in contract.CASES
    }


def test_no_graph_has_changed() -> None:
    assert digests() == json.loads(GOLDEN.read_text(encoding="utf-8"))


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(digests(), indent=1) + "\n", encoding="utf-8")
