from pathlib import Path

import pytest

pytest.importorskip("keras", reason="needs TensorFlow: make test-deps")

import keras

from training.precision import fastest, precise


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("flags\t\t: fpu avx512f avx512_bf16 amx_tile\n", "mixed_bfloat16"),
        ("flags\t\t: fpu avx512f amx_bf16 amx_tile\n", "mixed_bfloat16"),
        ("Features\t: fp asimd i8mm bf16\n", "mixed_bfloat16"),
        ("model name\t: bf16\nflags\t\t: fpu avx2 avx512f\n", "float32"),
        ("", "float32"),
    ],
)
def test_bfloat16_where_the_processor_multiplies_in_it(
    tmp_path: Path, flags: str, expected: str
) -> None:
    cpu = tmp_path / "cpuinfo"
    cpu.write_text(f"processor\t: 0\n{flags}")
    assert fastest(cpu) == expected
    assert fastest(tmp_path / "none") == "float32"


def test_policy_is_put_back() -> None:
    before = keras.config.dtype_policy()
    with precise("mixed_bfloat16"):
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    assert keras.config.dtype_policy() == before
