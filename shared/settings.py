"""Settings, read from the environment once per process."""

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """What can be set from outside; the README's table says what each is for."""

    model_path: Path = ROOT / "model" / "digits.onnx"
    rows_model_path: Path = ROOT / "model" / "rows.onnx"
    max_upload_bytes: int = 20 * 1024 * 1024
    max_pixels: int = 50_000_000
    uploads_container: str = "uploads"
    results_container: str = "results"
    blob_source: str = "LogsAndContainerScan"
    review_threshold: float = 0.95  # see docs/scale.md


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Settings from environment variables; an unset or empty one keeps its default.

    Raises:
        ValueError: a number is not a positive integer, a share not between 0 and 1, or
            BLOB_SOURCE is neither of its values, or both containers are the same.
    """
    default = Settings()
    uploads = environ.get("UPLOADS_CONTAINER") or default.uploads_container
    results = environ.get("RESULTS_CONTAINER") or default.results_container
    if uploads == results:  # each answer would be another picture to answer
        raise ValueError("UPLOADS_CONTAINER and RESULTS_CONTAINER must be two containers")
    source = environ.get("BLOB_SOURCE") or default.blob_source
    if source not in ("EventGrid", "LogsAndContainerScan"):
        raise ValueError(f"BLOB_SOURCE must be EventGrid or LogsAndContainerScan, not {source!r}")
    return Settings(
        model_path=Path(environ.get("MODEL_PATH") or default.model_path),
        rows_model_path=Path(environ.get("ROWS_MODEL_PATH") or default.rows_model_path),
        max_upload_bytes=_positive(environ, "MAX_UPLOAD_BYTES", default.max_upload_bytes),
        max_pixels=_positive(environ, "MAX_PIXELS", default.max_pixels),
        uploads_container=uploads,
        results_container=results,
        blob_source=source,
        review_threshold=_share(environ, "REVIEW_THRESHOLD", default.review_threshold),
    )


def _positive(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise ValueError(f"{name} must be a positive whole number, not {text!r}")
    return int(text)


def _share(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name) or str(default)
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ValueError(f"{name} must be a number from 0 to 1, not {text!r}")
    return share


@functools.cache
def get() -> Settings:
    """The settings of this process."""
    return from_environment(os.environ)
