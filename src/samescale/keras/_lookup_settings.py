"""The arguments that StringLookup, IntegerLookup and TextVectorization share, checked."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, TypeAlias, final

import keras
import numpy as np

from samescale.errors import SpecError

if TYPE_CHECKING:
    from samescale.keras._fingerprints import Salt

Token: TypeAlias = "str | int"  # noqa: S105 - not a password

MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
_OLD_NAMES = {"binary": "multi_hot", "tf-idf": "tf_idf"}
DROPPED = np.iinfo(np.int64).max  # the index of a masked token where the output isn't indices


@final
@dc.dataclass(frozen=True, slots=True)
class Settings:
    """What a lookup does, beside its vocabulary; the names are those of Keras' arguments."""

    max_tokens: int | None = None
    num_oov_indices: int = 1
    mask_token: Token | None = None
    oov_token: Token | None = None
    vocabulary_dtype: str = "string"
    invert: bool = False
    output_mode: str = "int"
    sparse: bool = False
    pad_to_max_tokens: bool = False
    oov_method: str = "floormod"
    salt: Salt | None = None
    encoding: str = "utf-8"

    @classmethod
    def checked(cls, layer: str, **given: Any) -> Settings:
        """The settings of arguments that go together.

        Args:
            layer: The name of the layer's class, for messages.
            given: As the fields, as a caller gave them.

        Raises:
            SpecError: If they don't (a ValueError, as in Keras).
        """
        given["output_mode"] = _OLD_NAMES.get(given["output_mode"], given["output_mode"])
        given["salt"] = salted(layer, given["salt"])
        found = cls(**given)
        for wrong, text, remedy in _refusals(found):
            if wrong:
                raise SpecError(f"{layer}({text}) can't be.", remedy=remedy)
        return found

    @property
    def is_text(self) -> bool:
        """Whether the vocabulary is of strings."""
        return self.vocabulary_dtype == "string"

    @property
    def oov_start(self) -> int:
        """The index of the first bucket for what isn't in the vocabulary."""
        return int(self.mask_token is not None and self.output_mode == "int")

    @property
    def token_start(self) -> int:
        """The index of the vocabulary's first token."""
        return self.oov_start + self.num_oov_indices

    @property
    def special(self) -> list[Token | None]:
        """The tokens that stand before the vocabulary's own."""
        return [self.mask_token] * self.oov_start + [self.oov_token] * self.num_oov_indices

    @property
    def most_tokens(self) -> int | None:
        """How many tokens there may be beside the special ones; `None` if any number."""
        return None if self.max_tokens is None else max(self.max_tokens - self.token_start, 0)

    def depth(self, tokens: int) -> int:
        """How wide an encoded output is, given the number of the vocabulary's own tokens."""
        if self.pad_to_max_tokens and self.max_tokens is not None:
            return self.max_tokens
        return self.token_start + tokens


def salted(layer: str, salt: Any) -> Salt | None:
    """A salt as the two numbers of SipHash's key.

    Raises:
        SpecError: If it is neither one integer nor two.
    """
    if salt is None:
        return None
    if isinstance(salt, int):
        return salt, salt
    if isinstance(salt, tuple | list) and len(salt) == 2:  # noqa: PLR2004 (a key is two numbers)
        return int(salt[0]), int(salt[1])
    raise SpecError(
        f"The `salt` of {layer} can only be a tuple of size 2 of integers, or one integer; "
        f"it is {salt!r}.",
        remedy="Give salt=133 or salt=[133, 137].",
        value=salt,
    )


def _refusals(given: Settings) -> list[tuple[bool, str, str]]:
    """Whether each combination that can't be is given, how it reads, and what to do."""
    integers = not given.is_text
    salted_mod = integers and given.salt is not None and given.oov_method != "farmhash"
    small = given.max_tokens is not None and given.max_tokens <= 1
    tensors = keras.backend.backend() == "tensorflow"
    return [
        (small, f"max_tokens={given.max_tokens}", "`max_tokens` must be greater than 1."),
        (
            given.pad_to_max_tokens and given.max_tokens is None,
            "pad_to_max_tokens=True, max_tokens=None",
            "Set `max_tokens` to pad to it.",
        ),
        (
            given.num_oov_indices < 0,
            f"num_oov_indices={given.num_oov_indices}",
            "`num_oov_indices` must be 0 or more.",
        ),
        (
            given.oov_method not in {"floormod", "farmhash"},
            f"oov_method={given.oov_method!r}",
            "Take 'floormod' or 'farmhash'.",
        ),
        (salted_mod, "salt=…", "A `salt` for integers needs oov_method='farmhash'."),
        (
            given.output_mode not in MODES,
            f"output_mode={given.output_mode!r}",
            f"Take one of {', '.join(MODES)}.",
        ),
        (
            given.invert and given.output_mode != "int",
            f"invert=True, output_mode={given.output_mode!r}",
            "`output_mode` must be 'int' when `invert` is true.",
        ),
        (
            given.sparse and given.output_mode == "int",
            "sparse=True, output_mode='int'",
            "`sparse` is for the modes that encode.",
        ),
        (
            given.sparse and not tensors,
            "sparse=True",
            "`sparse=True` can only be used with the TensorFlow backend.",
        ),
        (
            integers and given.vocabulary_dtype != "int64",
            f"vocabulary_dtype={given.vocabulary_dtype!r}",
            "Take vocabulary_dtype='int64'.",
        ),
    ]
