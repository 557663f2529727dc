"""Reads many pictures, on all cores."""

import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from shared.model import Model
from shared.reading import Reading
from shared.recognize import Mode, recognize

BATCH: Final = 32  # pictures handed out at once, while as many more are made
CHUNK: Final = 4  # of them to a process at a time

_model: Model  # in each process


class Readers:
    """A process for each core, all with the same model."""

    def __init__(self, path: Path) -> None:
        Model(path)  # what is wrong with it is said here: a pool begins a process again that fails
        # Spawned: they must not inherit the threads of a started TensorFlow.
        self._pool = multiprocessing.get_context("spawn").Pool(initializer=_load, initargs=(path,))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.terminate()
        self._pool.join()

    def read(self, files: Iterable[bytes], modes: Sequence[Mode]) -> Iterator[list[Reading]]:
        """The readings of each image file in these modes, in the order of the files.

        Raises:
            Problem: as `recognize`, at the first file that cannot be read.
        """
        files, reading = iter(files), None
        while batch := list(islice(files, BATCH)):
            begun = self._pool.map_async(partial(_read, modes=modes), batch, CHUNK)
            if reading:
                yield from reading.get()
            reading = begun
        if reading:
            yield from reading.get()


def _load(path: Path) -> None:
    global _model  # noqa: PLW0603
    _model = Model(path)


def _read(file: bytes, modes: Sequence[Mode]) -> list[Reading]:
    return [recognize(file, _model, mode=mode) for mode in modes]
