from pathlib import Path

import pytest

from shared.settings import Settings, from_environment


def test_defaults() -> None:
    assert from_environment({}) == from_environment({"MAX_PIXELS": ""}) == Settings()


def test_from_variables() -> None:
    settings = from_environment({"MAX_PIXELS": "100", "MODEL_PATH": "a.onnx"})
    assert settings.max_pixels == 100
    assert settings.model_path == Path("a.onnx")


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "²"])
def test_bad_number(value: str) -> None:
    with pytest.raises(ValueError, match="MAX_UPLOAD_BYTES"):
        from_environment({"MAX_UPLOAD_BYTES": value})


def test_bad_source() -> None:
    with pytest.raises(ValueError, match="BLOB_SOURCE"):
        from_environment({"BLOB_SOURCE": "eventgrid"})


def test_containers_are_two() -> None:
    with pytest.raises(ValueError, match="RESULTS_CONTAINER"):
        from_environment({"RESULTS_CONTAINER": "uploads"})


@pytest.mark.parametrize("value", ["-0.1", "1.5", "nan", "half"])
def test_bad_share(value: str) -> None:
    with pytest.raises(ValueError, match="REVIEW_THRESHOLD"):
        from_environment({"REVIEW_THRESHOLD": value})


@pytest.mark.parametrize("value", ["0", "0.75", "1"])
def test_share(value: str) -> None:
    assert from_environment({"REVIEW_THRESHOLD": value}).review_threshold == float(value)
