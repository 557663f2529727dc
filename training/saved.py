"""Trained models on disk: a .keras file, and what is known of it in a .json file beside it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from .outputs import Unusable, replaced, require_place, write_json


def require_output(output: Path) -> None:
    """See that a model can be saved there, before it is trained.

    Raises:
        OSError: nothing can be written there.
        Unusable: it is not called .keras.
    """
    if output.suffix != ".keras":
        raise Unusable(f"{output}: a Keras model is to be called *.keras")
    require_place(output)


def save(model: keras.Model, facts: Mapping[str, Any], output: Path) -> None:
    """Write both; a model never stands beside what is known of another."""
    beside = output.with_suffix(".json")
    with replaced(output) as part:
        model.save(part)
        beside.unlink(missing_ok=True)
    write_json(beside, facts)


def load(source: Path) -> tuple[keras.Model, dict[str, Any]]:
    """Both.

    Raises:
        OSError: one of them cannot be read.
        Unusable: they are no such files.
    """
    facts = source.with_suffix(".json").read_bytes()
    with source.open("rb"):  # Keras takes what is not there for a wrong format
        pass
    try:
        return keras.models.load_model(source), json.loads(facts)
    except Exception as error:  # Keras' own, zipfile's or JSON's, depending on where the damage is
        raise Unusable(f"{source} is no model that was trained here: {error}") from error
