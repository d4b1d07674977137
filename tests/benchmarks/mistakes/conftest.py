"""Data of the tests in place of the public ones."""

import pytest

from benchmarks.mistakes import store
from tests.benchmarks.mistakes import made


@pytest.fixture(scope="session")
def made_data(tmp_path_factory):
    """A folder of data sets that are made here."""
    folder = tmp_path_factory.mktemp("mistakes")
    made.write(folder)
    return folder


@pytest.fixture(autouse=True)
def apart(made_data, tmp_path, monkeypatch):
    """Nothing is read from, or written to, what a run has left."""
    monkeypatch.setenv(store.FOLDER, str(made_data))
    monkeypatch.setattr(store, "OUT", tmp_path)
