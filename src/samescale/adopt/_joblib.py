"""Files of joblib's: a pickle with arrays between its opcodes, packed or not.

joblib packs with zlib, gzip, bz2, lzma or xz, and names none of it in the file's ending, so the
first bytes tell. What a file unpacks to is limited, whatever it says of itself.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import TYPE_CHECKING, Any, Final, Protocol

from samescale.adopt._pickle import read as read_pickle
from samescale.adopt._pickle.limits import MAX_FILE
from samescale.adopt._pickle.refusal import malformed, too_much
from samescale.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

_STEP: Final = 2**20
# How many streams may follow one another: gzip, bz2 and xz allow it, and empty ones cost no bytes
# of the result.
_MAX_STREAMS: Final = 64
# An lzma stream may ask for any dictionary: this is what its highest preset takes, doubled.
_LZMA_MEMORY: Final = 2**27
_FAULTS: Final = (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError)


class _Unpacking(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...


def read(content: bytes) -> Any:
    """What a file of joblib's or pickle's holds, as plain data; nothing in it is run.

    Args:
        content: The file.

    Raises:
        SourceError: As `_pickle.read`; or if what is packed is damaged or too much.
    """
    return read_pickle(unpacked(content))


def unpacked(content: bytes) -> bytes:
    """A file's content, unpacked if it is packed.

    Raises:
        SourceError: If it is damaged, is more than a fitted transform needs, or is packed with
            what isn't known.
    """
    if content.startswith(b"\x04\x22\x4d\x18"):
        raise SourceError(
            "The file is packed with lz4, which isn't read here.",
            remedy="Save it again with joblib.dump(scaler, path, compress=('zlib', 3)).",
        )
    opened = next((o for head, o in _PACKED.items() if content.startswith(head)), None)
    return content if opened is None else _unpack(content, opened)


def _unpack(content: bytes, opened: Callable[[], _Unpacking]) -> bytes:
    made: list[bytes] = []
    for _ in range(_MAX_STREAMS):
        try:
            content = _stream(content, opened(), made)
        except _FAULTS as error:
            raise malformed(f"it doesn't unpack ({error})") from error
        if not content.strip(b"\0"):
            return b"".join(made)
    raise too_much(f"more than {_MAX_STREAMS} packed streams")


def _stream(content: bytes, unpacking: Any, made: list[bytes]) -> bytes:
    """Unpack one stream; returns what follows it."""
    waiting, size = content, sum(map(len, made))
    while not unpacking.eof:
        before = len(waiting)
        piece = unpacking.decompress(waiting, _STEP)
        # zlib gives back what it hasn't looked at; the others keep it.
        waiting = getattr(unpacking, "unconsumed_tail", b"")
        made.append(piece)
        size += len(piece)
        if size > MAX_FILE:
            raise too_much(f"more than {MAX_FILE} bytes when it is unpacked")
        if not piece and not unpacking.eof and len(waiting) >= before:
            raise malformed("it is packed, and cut short")
    return bytes(unpacking.unused_data)


def _xz() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_LZMA_MEMORY)


def _lzma() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_LZMA_MEMORY)


_PACKED: Final[dict[bytes, Callable[[], Any]]] = {
    b"\x78": zlib.decompressobj,
    b"\x1f\x8b": lambda: zlib.decompressobj(wbits=31),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\0": _xz,
    b"\x5d\0": _lzma,
}
