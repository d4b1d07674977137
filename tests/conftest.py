"""Scripts that tests run in a process of their own aren't tests: collecting would import them."""

import contextlib
import importlib
import os

# What samescale settles on where nothing is said. Tests that import Keras themselves would get
# TensorFlow, which Keras takes then, and with it everything that runs in their process.
os.environ.setdefault("KERAS_BACKEND", "jax")

# torch writes programs with Triton, where it is installed, which crashes if TensorFlow was loaded
# before.
with contextlib.suppress(ImportError):
    importlib.import_module("triton._C.libtriton")

collect_ignore_glob = ["keras_plain/make.py", "keras_plain/plain.py", "golden/make_bundles.py"]
