"""What is known of an ONNX model without ONNX: its form, its inputs, and what NumPy runs first."""

from samescale.targets._onnx.crossing import Crossing as Crossing
from samescale.targets._onnx.form import IR as IR
from samescale.targets._onnx.form import MISSING_TEXT as MISSING_TEXT
from samescale.targets._onnx.form import ML as ML
from samescale.targets._onnx.form import ML_OPSET as ML_OPSET
from samescale.targets._onnx.form import OPSET as OPSET
from samescale.targets._onnx.place import TextPlace as TextPlace
from samescale.targets._onnx.sides import Form as Form
from samescale.targets._onnx.sides import Sides as Sides
from samescale.targets._onnx.sides import sides as sides
