"""Pictures are made on all cores: that takes longer than to learn them."""

import multiprocessing
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tqdm import tqdm

Made = TypeVar("Made")


def on_all_cores(
    make: Callable[..., Made], tasks: Sequence[tuple[Any, ...]], what: str
) -> list[Made]:
    """What is made of each task's arguments, in the order of the tasks.

    Args:
        make: a function of a module that imports no TensorFlow, as each core does.
        what: is done, beside the progress bar.
    """
    calls = [(make, task) for task in tasks]
    # Spawned: a worker must not inherit the threads of a started TensorFlow.
    with multiprocessing.get_context("spawn").Pool() as pool:
        return list(tqdm(pool.imap(_call, calls), total=len(calls), desc=what))


def _call(call: tuple[Callable[..., Made], tuple[Any, ...]]) -> Made:
    make, arguments = call
    return make(*arguments)
