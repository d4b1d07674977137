"""Pictures from a folder, as one array."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.ir.types import Array

ARRAYS: Final = frozenset({".npy", ".npz"})
FILES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"})
MOST: Final = 2_000
"""So many files are read at most, chosen at random."""

_CELLS: Final = 64_000_000
_PICTURE, _SEVERAL = 3, 4  # axes


def read(data: Any, shape: tuple[int, ...] | None, skipped: dict[str, str], *, seed: int) -> Any:
    """The pictures of a folder or of a file of arrays; `data` itself if it is neither.

    Pictures of another size are brought to that of the others by taking the nearest pixel, which
    leaves the values of pixels alone.

    Args:
        data: A path.
        shape: Height, width and channels that training has, if they are known.
        skipped: Gets the files that aren't pictures like the others, each with the reason.
        seed: What the choice of files follows from.

    Returns:
        An array (n, height, width, channels); of an `.npz` file of several arrays, a dict of them.

    Raises:
        SourceError: If a file can't be read, or none of a folder's pictures.
        MissingExtraError: If pictures need Pillow, and it isn't installed.
    """
    path = Path(data)
    if path.is_file() and path.suffix.lower() in ARRAYS:
        return _array(path)
    files = _files(path) if path.is_dir() else []
    if not files:
        return data
    chosen = _chosen(files, seed)
    found = {file.name: array for file, array in _each(chosen, skipped)}
    if not found:
        raise SourceError(
            f"No picture of '{path}' can be read.",
            remedy="Give a folder of .png, .jpg or .npy files.",
            path=str(path),
        )
    return _stacked(found, shape, skipped)


def _files(folder: Path) -> list[Path]:
    known = ARRAYS | FILES
    files = (file for file in folder.rglob("*") if file.suffix.lower() in known)
    return sorted(file for file in files if file.is_file() and not file.name.startswith("."))


def _chosen(files: list[Path], seed: int) -> list[Path]:
    if len(files) <= MOST:
        return files
    places = np.random.default_rng(seed).choice(len(files), MOST, replace=False)
    return [files[place] for place in np.sort(places)]


def _each(files: list[Path], skipped: dict[str, str]) -> Iterator[tuple[Path, Array]]:
    cells = 0
    for file in files:
        try:
            array = _array(file) if file.suffix.lower() in ARRAYS else _picture(file)
        except (SourceError, OSError) as error:
            skipped[file.name] = str(getattr(error, "message", error))
            continue
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
            skipped[file.name] = "it holds no single array of numbers"
            continue
        cells += array.size
        if cells > _CELLS and array.size < cells:
            skipped["the other files"] = f"{_CELLS:,} pixels were looked at by then"
            return
        yield file, array


def _picture(file: Path) -> Array:
    from samescale.diagnose import pillow

    return pillow.read(file)


def _array(file: Path) -> Any:
    try:
        loaded = np.load(file, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise SourceError(
            f"'{file}' can't be read as an array: {error}.",
            remedy="Save plain numbers with numpy.save.",
            path=str(file),
        ) from error
    if isinstance(loaded, np.ndarray):
        return loaded
    with loaded as several:
        held = {name: several[name] for name in several.files}
    return next(iter(held.values())) if len(held) == 1 else held


def _stacked(
    found: dict[str, Array], shape: tuple[int, ...] | None, skipped: dict[str, str]
) -> Array:
    pictures: list[tuple[str, Array]] = []
    for name, array in found.items():
        if array.ndim not in {2, _PICTURE, _SEVERAL}:
            skipped[name] = f"it holds an array of {array.ndim} axes, which is no picture"
            continue
        shaped = array[..., None] if array.ndim == 2 else array  # noqa: PLR2004 - grey
        several = shaped if shaped.ndim == _SEVERAL else shaped[None]
        pictures += [(name, one) for one in several]
    common = shape or Counter(one.shape for _, one in pictures).most_common(1)[0][0]
    same = []
    for name, one in pictures:
        if one.shape[2] != common[2]:
            skipped[name] = f"it has {one.shape[2]} channels, and the others {common[2]}"
        else:
            same.append(_nearest(one, common[0], common[1]))
    if not same:
        raise SourceError(
            f"No picture has the {common[2]} channels of training.",
            remedy="Compare pictures of one kind: all grey, or all in colour.",
        )
    return np.stack(same)


def _nearest(picture: Array, height: int, width: int) -> Array:
    if picture.shape[:2] == (height, width):
        return picture
    rows = (np.arange(height) * picture.shape[0]) // height
    columns = (np.arange(width) * picture.shape[1]) // width
    found: Array = picture[rows][:, columns]
    return found
