"""Which text columns of a Parquet file are best read as codes of its dictionaries."""

from __future__ import annotations

from typing import Any

# A value that is written out takes its length, four bytes, and its text; a code never as many.
_LENGTH = 4
_DICTIONARY = 1 << 20


def coded(metadata: Any, names: frozenset[str]) -> tuple[str, ...]:
    """The columns that every row group holds as codes.

    A writer gives a dictionary up when it grows too large, and writes the other values out. Making
    a dictionary of these again would cost more than reading them.

    Args:
        metadata: The file's footer.
        names: The columns that hold text.
    """
    kept = dict.fromkeys(names, True)
    for group in range(metadata.num_row_groups):
        for index in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(index)
            if chunk.path_in_schema in kept and not _has_codes(chunk):
                kept[chunk.path_in_schema] = False
    return tuple(sorted(name for name, holds in kept.items() if holds))


def _has_codes(chunk: Any) -> bool:
    most = _LENGTH * chunk.num_values + _DICTIONARY
    return bool(chunk.has_dictionary_page) and chunk.total_uncompressed_size < most
