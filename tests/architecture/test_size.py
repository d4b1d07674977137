"""The size budget of tools/size.py."""

from __future__ import annotations

import pytest

from tests.architecture.tree import refuse
from tools import size


@pytest.mark.parametrize("kind", size.BOUNDS)
def test_the_sources_keep_to_the_budget(kind: str):
    refuse(size.check(kind, size.measure()[kind]))


def test_the_budget_is_enforced(tmp_path):
    (tmp_path / "long.py").write_text("x = 1\n" * 401)
    measures = size.measure(tmp_path)
    assert [text for text in size.check("file", measures["file"]) if text.startswith("long.py")]
