from collections.abc import Callable

import pytest

from shared import batch
from shared.model import Model
from shared.recognize import recognize
from tests.drawing import digit_image, encoded


def test_answer_is_the_reading_and_its_source(model: Model) -> None:
    data = encoded(digit_image(2))
    answer = batch.answer("a/b c.png", data)
    assert answer == {"source": "a/b c.png", **recognize(data, model).to_dict()}


@pytest.mark.parametrize(("data", "status"), [(b"", 400), (b"text", 400), (b"%PDF-1.7", 415)])
def test_answer_is_the_problem_of_what_cannot_be_read(data: bytes, status: int) -> None:
    answer = batch.answer("a.png", data)
    assert (answer["source"], answer["status"]) == ("a.png", status)


def test_too_large(environment: Callable[..., None]) -> None:
    environment(MAX_UPLOAD_BYTES="10")
    assert batch.answer("a.png", bytes(11))["status"] == 413


def test_what_may_pass_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(batch, "recognize", exhausted)
    with pytest.raises(MemoryError):
        batch.answer("a.png", b"...")


def test_name_of_the_result() -> None:
    assert batch.result_name("form 1/a.png") == "form 1/a.png.json"
