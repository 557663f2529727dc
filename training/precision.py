"""The arithmetic that networks compute in while they train."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import keras

CPU: Final = Path("/proc/cpuinfo")
# Flags of processors that multiply in bfloat16: x86's two, and ARM's.
BFLOAT16: Final = re.compile(
    r"^(?:flags|Features)\s*:.*\b(?:amx_bf16|avx512_bf16|bf16)\b", re.MULTILINE
)


def fastest(cpu: Path = CPU) -> str:
    """Keras' name of the arithmetic that this processor trains fastest in.

    Those that multiply in bfloat16 are two to four times faster in it, all others six to eight
    times slower.
    """
    try:
        flags = cpu.read_text()
    except OSError:  # not Linux
        return "float32"
    return "mixed_bfloat16" if BFLOAT16.search(flags) else "float32"


@contextmanager
def precise(policy: str) -> Iterator[None]:
    """Networks built inside compute by Keras' dtype policy of this name."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
