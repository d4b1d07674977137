"""The normal distribution function and its inverse, as nodes.

`quantile` is algorithm AS 241 (PPND16): M. J. Wichura, "The percentage points of the normal
distribution", Applied Statistics 37 (1988), without its branch for shares below 1.4e-11.
`share` is W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
Computation 23 (1969), in the form of his "Algorithm 715", ACM TOMS 19 (1993), up to |x| = 5.6.
Both are good to about 1e-15 of the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.ir import nodes
from samescale.ir.build import const, mul, sub

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.nodes import Node

# Wichura's a, b (near the median) and c, d (in the tails), from the constant term on.
_A = (
    3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
    1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
    3.3430575583588128105e4, 2.5090809287301226727e3,
)  # fmt: skip
_B = (
    1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
    2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
    5.2264952788528545610e3,
)  # fmt: skip
_C = (
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
    3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
    2.27238449892691845833e-2, 7.74545014278341407640e-4,
)  # fmt: skip
_D = (
    1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
    1.05075007164441684324e-9,
)  # fmt: skip
_NEAR, _NEAR_SQUARED, _TAIL = 0.425, 0.180625, 1.6
# Cody's a, b (near 0) and c, d (beyond), from the constant term on.
_E = (
    1.8154981253343561249e4, 1.0676894854603709582e3, 1.6102823106855587881e2,
    2.2352520354606839287e0, 6.5682337918207449113e-2,
)  # fmt: skip
_F = (
    4.5507789335026729956e4, 1.0260932208618978205e4, 9.7609855173777669322e2,
    4.7202581904688241870e1, 1.0,
)  # fmt: skip
_G = (
    9.8427148383839780218e3, 1.1602651437647350124e4, 6.8481904505362823326e3,
    2.4945375852903726711e3, 5.9727027639480026226e2, 9.3506656132177855979e1,
    8.8831497943883759412e0, 3.9894151208813466764e-1, 1.0765576773720192317e-8,
)  # fmt: skip
_H = (
    1.9685429676859990727e4, 3.8912003286093271411e4, 3.4900952721145977266e4,
    1.8615571640885098091e4, 6.4855582982667607550e3, 1.5193775994075548050e3,
    2.3538790178262499861e2, 2.2266688044328115691e1, 1.0,
)  # fmt: skip
_MIDDLE = 0.67448975


def quantile(share: Node) -> Node:
    """The standard normal quantile at a float64 `share` of 1e-10…1-1e-10."""
    centred = sub(share, 0.5)
    square = nodes.Mul(centred, centred)
    near = nodes.Mul(centred, _ratio(sub(mul(square, -1.0), -_NEAR_SQUARED), _A, _B))
    lower = nodes.Less(centred, const(0.0, "float64"))
    tail = nodes.Where(lower, share, nodes.Sub(const(1.0, "float64"), share))
    root = nodes.Power(mul(nodes.Log(tail), -1.0), 0.5)
    far = _ratio(sub(root, _TAIL), _C, _D)
    signed = nodes.Where(lower, mul(far, -1.0), far)
    is_near = nodes.Less(square, const(_NEAR * _NEAR, "float64"))
    return nodes.Where(is_near, near, signed)


def share(x: Node) -> Node:
    """The standard normal distribution function of a float64 `x` of -5.6…5.6."""
    square = nodes.Mul(x, x)
    near = sub(nodes.Mul(x, _ratio(square, _E, _F)), -0.5)
    lower = nodes.Less(x, const(0.0, "float64"))
    size = nodes.Where(lower, mul(x, -1.0), x)
    tail = nodes.Mul(nodes.Exp(mul(square, -0.5)), _ratio(size, _G, _H))
    far = nodes.Where(lower, tail, nodes.Sub(const(1.0, "float64"), tail))
    return nodes.Where(nodes.Less(size, const(_MIDDLE, "float64")), near, far)


def _ratio(x: Node, above: Sequence[float], below: Sequence[float]) -> Node:
    return nodes.Mul(_polynomial(x, above), nodes.Power(_polynomial(x, below), -1.0))


def _polynomial(x: Node, coefficients: Sequence[float]) -> Node:
    """Horner's rule, from the highest power down."""
    *rest, first, highest = coefficients
    found: Node = sub(mul(x, highest), -first)
    for coefficient in reversed(rest):
        found = sub(nodes.Mul(found, x), -coefficient)
    return found
