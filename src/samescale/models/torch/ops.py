"""The operations that a stored program may hold: a closed list, by name.

All of them compute a tensor from tensors. What reads files, makes views of foreign memory, draws
random numbers, changes an argument or calls Python isn't among them; what isn't here is refused.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PLAIN: Final = """
abs acos acosh add addmm alias all amax amin any arange argmax argmin asin asinh atan atan2 atanh
baddbmm bitwise_and bitwise_not bitwise_or bitwise_xor bmm cat ceil celu clamp clamp_max clamp_min
clone concat constant_pad_nd contiguous cos cosh cumsum detach div dot einsum elu embedding
eq erf exp exp2 expand expm1 eye fill flatten flip floor floor_divide fmod frac full full_like
gather ge gelu glu gru gt hardsigmoid hardswish hardtanh index index_select instance_norm isfinite
isinf isnan layer_norm le leaky_relu lerp linear linspace log log10 log1p log2 log_sigmoid
log_softmax logaddexp logical_and logical_not logical_or logical_xor logsumexp lstm lt masked_fill
matmul max maximum mean min minimum mish mm movedim mul mv narrow ne neg ones ones_like outer pad
permute pow prelu prod reciprocal relu relu6 remainder repeat repeat_interleave reshape rms_norm
rnn_relu rnn_tanh roll rsqrt rsub scalar_tensor scaled_dot_product_attention select selu sigmoid
sign silu sin sinh slice softmax softplus softshrink split split_with_sizes sqrt square
squeeze stack std sub sum sym_size t tan tanh threshold to topk transpose tril triu
trunc unbind unflatten unfold unsqueeze var view view_as where zeros zeros_like
_log_softmax _softmax _to_copy _unsafe_view
"""
_IMAGES: Final = """
_native_batch_norm_legit_no_training adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d
adaptive_max_pool1d adaptive_max_pool2d avg_pool1d avg_pool2d avg_pool3d conv1d conv2d
conv3d conv_transpose1d conv_transpose2d convolution group_norm max_pool1d max_pool2d
max_pool2d_with_indices max_pool3d native_group_norm native_layer_norm pixel_shuffle
upsample_bilinear2d upsample_nearest1d upsample_nearest2d channel_shuffle
"""
ATEN: Final = frozenset((_PLAIN + _IMAGES).split())
"""Names in torch's namespace `aten`, of any overload."""

SYMBOLS: Final[Mapping[str, Callable[..., Any]]] = {
    "add": operator.add,
    "floordiv": operator.floordiv,
    "getitem": operator.getitem,
    "mod": operator.mod,
    "mul": operator.mul,
    "neg": operator.neg,
    "sub": operator.sub,
}
"""Python's own, of numbers of rows, and for one of several results."""

IGNORED: Final = frozenset(
    {
        "aten._assert_scalar.default",
        "aten._assert_tensor_metadata.default",
        "aten.sym_constrain_range_for_size.default",
        "aten.sym_constrain_range.default",
    }
)
"""What only asserts, and gives nothing."""

_NAMES: Final[Mapping[object, str]] = {function: name for name, function in SYMBOLS.items()}


def name_of(target: object) -> str:
    """How a program calls an operation, allowed or not: `aten.linear.default`, `python.mul`."""
    if target in _NAMES:
        return f"python.{_NAMES[target]}"
    return str(target)


def named(name: str) -> Callable[..., Any] | None:
    """The operation of that name; `None` if a program may not hold it."""
    space, _, rest = name.partition(".")
    packet, _, overload = rest.partition(".")
    if space == "python":
        return SYMBOLS.get(rest)
    if space != "aten" or packet not in ATEN or not overload.isidentifier():
        return None
    found: Callable[..., Any] | None
    found = getattr(getattr(torch.ops.aten, packet, None), overload, None)
    if not isinstance(found, torch._ops.OpOverload):  # noqa: SLF001 - torch has no other name
        return None
    return None if found._schema.is_mutable else found  # noqa: SLF001 - nor for this
