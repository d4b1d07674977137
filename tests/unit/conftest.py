"""What tests of several folders share."""

import functools
import sys
import types

import pytest

from samescale.guard import watching
from samescale.guard._budget import Budget
from tests.unit import guarding


@pytest.fixture
def counted(monkeypatch):
    """Streams that count, and all the time that they want."""
    fake = types.ModuleType("samescale.evidence.stream.stream")
    fake.Stream = guarding.Stream
    monkeypatch.setitem(sys.modules, fake.__name__, fake)
    monkeypatch.setattr(watching, "Budget", functools.partial(Budget, share=1.0, saved=1e6))
