"""Reads many pictures, on all cores."""

import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from shared.model import Model
from shared.reading import Reading
from shared.recognize import Mode, recognize

from .outputs import Unusable
from .parallel import KILLED

BATCH: Final = 32  # pictures handed out at once, while as many more are made
CHUNK: Final = 4  # of them to a process at a time

Label = TypeVar("Label")

_model: Model  # in each process


class Readers:
    """A process for each core, all with the same model.

    Attributes:
        model: the same in this process.
    """

    def __init__(self, path: Path) -> None:
        self.model = opened(path)  # here, to say what is wrong with it
        self._pool = ProcessPoolExecutor(
            # Spawned: they must not inherit the threads of a started TensorFlow.
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_load,
            initargs=(path,),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    @property
    def networks(self) -> dict[str, Any]:
        """What figures say of who has read: the versions of both networks."""
        return {"model": self.model.to_dict(), "rows_version": self.model.rows_version}

    def read(
        self, labelled: Iterable[tuple[bytes, Label]], modes: Sequence[Mode]
    ) -> Iterator[tuple[bytes, Label, list[Reading]]]:
        """Each image file with its label and its readings in these modes, in their order.

        Raises:
            Problem: as `recognize`, at the first file that cannot be read.
            Unusable: a process is killed, as where memory is short.
        """
        rest = iter(labelled)
        before: list[tuple[bytes, Label]] = []
        readings = self._begin(before, modes)
        while True:
            batch = list(islice(rest, BATCH))
            try:
                begun = self._begin(batch, modes)
                done = list(readings)
            except BrokenProcessPool as error:
                raise Unusable(KILLED) from error
            for (file, label), some in zip(before, done, strict=True):
                yield file, label, some
            if not batch:
                return
            before, readings = batch, begun

    def _begin(
        self, batch: list[tuple[bytes, Label]], modes: Sequence[Mode]
    ) -> Iterator[list[Reading]]:
        files = [file for file, _ in batch]
        return self._pool.map(partial(_read, modes=modes), files, chunksize=CHUNK)


def opened(path: Path) -> Model:
    """A model to read with.

    Raises:
        OSError: it is not there.
        Unusable: it is none.
    """
    try:
        return Model(path)
    except ValueError as error:
        raise Unusable(str(error)) from error


def _load(path: Path) -> None:
    global _model  # noqa: PLW0603
    _model = Model(path)


def _read(file: bytes, modes: Sequence[Mode]) -> list[Reading]:
    return [recognize(file, _model, mode=mode) for mode in modes]
