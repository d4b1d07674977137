"""Keras runs on what can be imported, whatever `keras.json` says; each case in a process."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.keras

THERE = [name for name in ("jax", "tensorflow", "torch") if importlib.util.find_spec(name)]
SETTLE = "from samescale.targets._backend import settle; settle({made_with})"
# Packages that are hidden can't be found, as where they aren't installed.
SCRIPT = """
import os, sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {hidden}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Hidden())
try:
    {code}
    print(os.environ.get("KERAS_BACKEND"))
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def home(tmp_path):
    """A home in which Keras has been imported once: it says TensorFlow, whatever was used."""
    folder = tmp_path / ".keras"
    folder.mkdir()
    (folder / "keras.json").write_text(json.dumps({"backend": "tensorflow"}))
    return tmp_path


def told(home, *, hidden=(), asked=None, code=None, made_with=()):
    environment = {k: v for k, v in os.environ.items() if k not in {"KERAS_BACKEND", "KERAS_HOME"}}
    environment |= {"HOME": str(home), "USERPROFILE": str(home), "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment |= {} if asked is None else {"KERAS_BACKEND": asked}
    code = code or SETTLE.format(made_with=repr(made_with))
    script = SCRIPT.format(hidden=repr(set(hidden)), code=code)
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1]


needs_all = pytest.mark.skipif(len(THERE) < 3, reason="needs all of Keras' backends")


@needs_all
def test_the_file_that_keras_wrote_is_no_choice_where_it_names_what_is_not_there(home):
    assert told(home, hidden=["tensorflow"]) == "jax"
    assert told(home, hidden=["tensorflow", "jax"]) == "torch"


@needs_all
def test_what_the_file_names_is_taken_where_it_is_there(home):
    assert told(home) == "tensorflow"


@needs_all
@pytest.mark.parametrize("text", ["", "[]", '{"backend": 3}', "{}", '{"backend": ""}'])
def test_without_a_file_that_says_it_jax_comes_first(home, text):
    (home / ".keras" / "keras.json").write_text(text)
    assert told(home) == "jax"


@needs_all
def test_what_a_person_asks_for_goes_before_all(home):
    assert told(home, asked="torch", made_with=["jax"]) == "torch"


@needs_all
def test_a_bundles_own_backend_goes_before_the_file(home):
    assert told(home, made_with=["keras", "numpy", "torch"]) == "torch"
    assert told(home, made_with=["keras", "torch"], hidden=["torch"]) == "tensorflow"


@needs_all
def test_a_backend_asked_for_that_is_not_there_is_an_error_that_says_so(home):
    assert told(home, asked="tensorflow", hidden=["tensorflow"]) == (
        "MissingExtraError KERAS_BACKEND is 'tensorflow', and the package 'tensorflow' can't be "
        "imported. Install it with: pip install 'samescale[keras-tensorflow]', or set "
        "KERAS_BACKEND=jax, which is installed."
    )


def test_a_misspelt_backend_is_named(home):
    found = told(home, asked="tensrflow")
    assert "KERAS_BACKEND is 'tensrflow'" in found
    assert "Keras runs on jax, tensorflow and torch" in found


@pytest.mark.parametrize("code", ["from samescale import targets; targets.load('keras')", None])
def test_without_any_backend_the_extra_is_named(home, code):
    found = told(home, hidden=["jax", "tensorflow", "torch"], code=code)
    assert found.startswith("MissingExtraError Keras needs a backend")
    assert "pip install 'samescale[keras]'" in found


def test_without_keras_the_extra_is_named(home):
    found = told(home, hidden=["keras"], code="from samescale import models; models.load('keras')")
    assert "the package 'keras'" in found
    assert "samescale[keras]" in found


@needs_all
def test_keras_is_imported_with_the_file_that_it_wrote(home):
    code = "from samescale import targets; targets.load('keras')"
    assert told(home, hidden=["tensorflow"], code=code) == "jax"


def test_a_missing_scikit_learn_is_called_by_its_name(home):
    code = "from samescale import models; models.load('sklearn')"
    found = told(home, hidden=["sklearn"], code=code)
    assert "the package 'scikit-learn'" in found
    assert "samescale[sklearn]" in found
