"""Pictures are made on all cores: that takes longer than to learn them."""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Final, TypeVar

from tqdm import tqdm

from .outputs import Unusable

KILLED: Final = "a process was killed; is there enough memory?"

Made = TypeVar("Made")


def on_all_cores(
    make: Callable[..., Made], tasks: Sequence[tuple[Any, ...]], what: str
) -> list[Made]:
    """What is made of each task's arguments, in the order of the tasks.

    Args:
        make: a function of a module that imports no TensorFlow, as each core does.
        what: is done, beside the progress bar.

    Raises:
        Unusable: a process is killed, as where memory is short.
    """
    calls = [(make, task) for task in tasks]
    # Spawned: a worker must not inherit the threads of a started TensorFlow.
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            return list(tqdm(pool.map(_call, calls), total=len(calls), desc=what))
        except BrokenProcessPool as error:
            raise Unusable(f"{what}: {KILLED}") from error


def _call(call: tuple[Callable[..., Made], tuple[Any, ...]]) -> Made:
    make, arguments = call
    return make(*arguments)
