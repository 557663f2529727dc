from pathlib import Path
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="needs TensorFlow: make test-deps")

from training.outputs import Unusable  # noqa: E402 - where they can be used
from training.saved import load, require_output, save  # noqa: E402


def tiny(seed: int) -> Any:
    keras.utils.set_random_seed(seed)
    return keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])


def test_a_model_and_what_is_known_of_it(tmp_path: Path) -> None:
    output = tmp_path / "tiny.keras"
    save(tiny(1), {"temperature": 1.5}, output)
    model, facts = load(output)
    assert facts == {"temperature": 1.5}
    assert np.array_equal(model.get_weights()[0], tiny(1).get_weights()[0])


def test_a_model_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "tiny.keras"
    save(tiny(1), {"temperature": 1.5}, output)

    def full(model: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("the disk is full")

    monkeypatch.setattr(keras.Sequential, "save", full)
    with pytest.raises(OSError, match="full"):
        save(tiny(2), {"temperature": 9}, output)
    assert load(output)[1] == {"temperature": 1.5}
    assert len(list(tmp_path.iterdir())) == 2


def test_a_model_without_what_is_known_of_it(tmp_path: Path) -> None:
    output = tmp_path / "tiny.keras"
    save(tiny(1), {}, output)
    output.with_suffix(".json").unlink()
    with pytest.raises(FileNotFoundError, match=r"tiny\.json"):
        load(output)


@pytest.mark.parametrize("damage", ["", "words"])
def test_what_is_no_model(tmp_path: Path, damage: str) -> None:
    output = tmp_path / "tiny.keras"
    save(tiny(1), {}, output)
    output.write_text(damage)
    with pytest.raises(Unusable, match=r"tiny\.keras is no model"):
        load(output)


def test_another_name_is_refused_before_training(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="called"):
        require_output(tmp_path / "plain")
    require_output(tmp_path / "plain.keras")
