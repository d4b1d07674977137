"""Keras' preprocessing layers, exact, sealed once used, and without TensorFlow.

Import it before a model that holds such layers is loaded: Keras imports nothing that a file names.

>>> import numpy as np
>>> layer = Normalization()
>>> layer.adapt(np.array([[1.0], [2.0], [3.0]]))
>>> np.asarray(layer(np.array([[2.0]])))
array([[0.]], dtype=float32)
"""

from __future__ import annotations

from samescale.keras.category_encoding import CategoryEncoding as CategoryEncoding
from samescale.keras.discretization import Discretization as Discretization
from samescale.keras.hashed_crossing import HashedCrossing as HashedCrossing
from samescale.keras.hashing import Hashing as Hashing
from samescale.keras.integer_lookup import IntegerLookup as IntegerLookup
from samescale.keras.normalization import Normalization as Normalization
from samescale.keras.protection import load_model as load_model
from samescale.keras.protection import protect as protect
from samescale.keras.rescaling import Rescaling as Rescaling
from samescale.keras.string_lookup import StringLookup as StringLookup
from samescale.keras.text_vectorization import TextVectorization as TextVectorization
