"""A worker that dies in the middle of a part changes nothing in the result."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, final

import numpy as np
import pytest

import samescale as ss
from samescale import engines, sources
from samescale.sources.base import View
from tests import clusters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from samescale.sources.base import Chunk, Source

ROWS = 8_000
SPEC = ss.Spec({"x": [ss.Impute("median"), ss.Normalization()], "word": ss.StringLookup()})


@final
class Deadly(View):
    """A source whose parts end the process of whoever reads them: each of `victims` once."""

    def __init__(self, over: Source, mark: Path, victims: tuple[int, ...], at: int) -> None:
        self._over, self._mark, self._victims, self._at = over, mark, victims, at

    @property
    def over(self) -> Source:
        return self._over

    def parts(self, count: int, names: Sequence[str] | None = None) -> tuple[Source, ...]:
        return tuple(
            Deadly(part, self._mark / f"{index}", (index,) if index in self._victims else (), 1)
            for index, part in enumerate(self._over.parts(count, names))
        )

    def chunks(
        self, names: Sequence[str], *, rows: int = 0, arrow: bool = False
    ) -> Iterator[Chunk]:
        del rows, arrow
        for place, chunk in enumerate(self._over.chunks(names, rows=100)):
            if self._victims and place == self._at and not self._mark.exists():
                self._mark.touch()
                os._exit(1)
            yield chunk


def table() -> dict[str, Any]:
    rng = np.random.default_rng(3)
    x = rng.lognormal(0, 4, ROWS)
    x[::13] = np.nan
    return {"x": x, "word": rng.choice(np.array(["a", "b", "c", None], object), ROWS)}


def deadly(folder: Path) -> Deadly:
    return Deadly(sources.open(table()), folder, victims=(1, 5), at=0)


def check(engine: Any, folder: Path) -> None:
    wanted = SPEC.adapt(table())
    found = SPEC.adapt(deadly(folder), engine=engine)
    assert sorted(path.name for path in folder.iterdir()) == ["1", "5"]  # so they did die
    assert found.digest == wanted.digest
    assert found.provenance["rows"] == ROWS


@pytest.mark.slow
def test_dask(tmp_path) -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        check(engines.load("dask")(client), tmp_path)  # type: ignore[call-arg]


@pytest.mark.slow
def test_ray(tmp_path) -> None:
    clusters.start("ray")
    check(engines.open("ray"), tmp_path)


@pytest.mark.slow
def test_spark(tmp_path) -> None:
    session = clusters.start("spark")
    check(engines.load("spark")(session), tmp_path)  # type: ignore[call-arg]
