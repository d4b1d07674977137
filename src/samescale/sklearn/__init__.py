"""A spec as a scikit-learn transformer.

>>> import numpy as np
>>> from samescale.sklearn import Preprocessor
>>> Preprocessor().fit_transform(np.array([[1.0], [2.0], [3.0]])).ravel().round(3).tolist()
[-1.225, 0.0, 1.225]
"""

from samescale.sklearn.bundled import BundleModel as BundleModel
from samescale.sklearn.preprocessor import Preprocessor as Preprocessor

__all__ = ["BundleModel", "Preprocessor"]
