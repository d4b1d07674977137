"""A data frame without the Arrow C stream: anything with `.columns` and `.to_numpy`."""

from __future__ import annotations

from typing import Any, final

from samescale.sources.columns.held import Held, HeldSource


@final
class FrameSource(HeldSource):
    """A frame that is read column by column: `frame[name].to_numpy()`.

    Args:
        data: The frame. No framework is imported: `.columns` and `.to_numpy` are what is asked.

    Raises:
        SourceError: If a name isn't text.
    """

    def __init__(self, data: Any) -> None:
        description = f"the {type(data).__name__} of {len(data)} rows"
        self._held = Held({name: _array(data[name]) for name in data.columns}, description)

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` has `.columns` and `.to_numpy`, and no Arrow C stream."""
        # In this order: a lazy frame warns where it is asked for its columns.
        return (
            hasattr(data, "to_numpy")
            and hasattr(data, "columns")
            and not hasattr(data, "__arrow_c_stream__")
        )


def _array(column: Any) -> Any:
    return column.to_numpy()
