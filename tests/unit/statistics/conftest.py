from __future__ import annotations

import pytest

from samescale import native


@pytest.fixture(params=["kernel", "numpy"])
def way(request, monkeypatch):
    """Both ways: the compiled kernel, where there is one, and NumPy."""
    if request.param == "numpy":
        monkeypatch.setenv("SAMESCALE_NATIVE", "0")
    elif not native.available("moments"):
        pytest.skip("no kernel was compiled")
    return request.param
