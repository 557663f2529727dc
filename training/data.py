"""MNIST: from a folder of its IDX files, else downloaded once and verified.

LeCun, Cortes, Burges, "The MNIST database of handwritten digits": 60,000 pictures to train on
and 10,000 to test on, 28 x 28, light ink on black.
"""

import gzip
import hashlib
import os
import zlib
from pathlib import Path
from typing import Final

import numpy as np
import pooch
from numpy.typing import NDArray

from .outputs import Unusable

MIRRORS: Final = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
MD5: Final = {  # of the unpacked files
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}

HELD_OUT: Final = 5_000  # last of the training pictures: to watch, choose and calibrate by

Labelled = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def mnist(part: str, folder: Path | None = None) -> Labelled:
    """Pictures and labels of "train" (60,000) or "test" (10,000).

    Args:
        folder: where the IDX files are, gzipped or not; else the variable MNIST_DIR says, else
            they are downloaded into the user's cache.

    Returns:
        uint8 (count, 28, 28), 0 to 255, and uint8 (count,), 0 to 9.

    Raises:
        FileNotFoundError: the folder lacks a file.
        ConnectionError: no mirror has one.
        Unusable: a file is damaged, or not the original one.
    """
    if folder is None and os.environ.get("MNIST_DIR"):
        folder = Path(os.environ["MNIST_DIR"])
    prefix = {"train": "train", "test": "t10k"}[part]
    pictures = _idx(f"{prefix}-images-idx3-ubyte", folder, header=16)
    labels = _idx(f"{prefix}-labels-idx1-ubyte", folder, header=8)
    return pictures.reshape(-1, 28, 28), labels


def learned_and_held_out(folder: Path | None = None) -> tuple[Labelled, Labelled]:
    """MNIST's training pictures: those to learn from, and those held out; as of `mnist`."""
    pictures, labels = mnist("train", folder)
    return (pictures[:-HELD_OUT], labels[:-HELD_OUT]), (pictures[-HELD_OUT:], labels[-HELD_OUT:])


def scaled(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Inputs of the networks: (count, height, width) in 0 to 255 -> (..., 1) in 0 to 1."""
    return np.divide(pictures[..., None], 255, dtype=np.float32)


def _idx(name: str, folder: Path | None, *, header: int) -> NDArray[np.uint8]:
    data = _download(name) if folder is None else _original(name, _from_folder(name, folder))
    return np.frombuffer(data, np.uint8, offset=header)


def _original(name: str, data: bytes) -> bytes:
    if hashlib.md5(data, usedforsecurity=False).hexdigest() != MD5[name]:
        raise Unusable(f"{name} is not the original MNIST file")
    return data


def _from_folder(name: str, folder: Path) -> bytes:
    packed = folder / f"{name}.gz"
    if packed.exists():
        data = packed.read_bytes()
        try:
            return gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise Unusable(f"{packed} is damaged: {error}") from error
    return (folder / name).read_bytes()


def _download(name: str) -> bytes:
    """From the cache, else from the first mirror that has the original."""
    cache = Path(pooch.os_cache("cnndemo")) / "mnist"
    for mirror in MIRRORS:
        try:
            path = pooch.retrieve(
                f"{mirror}{name}.gz",
                known_hash=None,  # checked unpacked, as mirrors pack anew
                fname=f"{name}.gz",
                path=cache,
                progressbar=True,
            )
            return _original(name, gzip.decompress(Path(path).read_bytes()))
        except (OSError, EOFError, ValueError, zlib.error) as error:
            failure = error
            (cache / f"{name}.gz").unlink(missing_ok=True)  # else it would be found there again
    raise ConnectionError(
        f"{name} could not be downloaded; set MNIST_DIR to a folder of MNIST's files. {failure}"
    )
