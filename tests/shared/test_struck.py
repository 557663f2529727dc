import pytest
from PIL import Image, ImageDraw

from shared.model import Model
from shared.recognize import recognize
from tests.drawing import encoded, number_image

SURE = 0.95


def struck(text: str, *lines: tuple[float, float], width: int) -> Image.Image:
    """A number with lines through it: their heights at its left and right end, of the picture's."""
    page = number_image(text, height=60, pitch=0.9)
    for left, right in lines:
        ends = (6, left * page.height), (page.width - 6, right * page.height)
        ImageDraw.Draw(page).line(ends, fill=20, width=width)
    return page


@pytest.mark.parametrize("text", ["402", "8356", "29"])
@pytest.mark.parametrize("lines", [[(0.5, 0.5)], [(0.45, 0.55)], [(0.57, 0.43)]])
def test_a_number_struck_out_is_doubted(
    model: Model, text: str, lines: list[tuple[float, float]]
) -> None:
    assert recognize(encoded(struck(text, width=6)), model).confidence > SURE
    assert recognize(encoded(struck(text, *lines, width=6)), model).confidence < 0.6


@pytest.mark.parametrize("height", [0.4, 0.5, 0.6])
def test_a_ruled_line_does_not_strike_out(model: Model, height: float) -> None:
    page = struck("8356", (height, height), width=1)
    reading = recognize(encoded(page), model)
    assert (reading.text, reading.confidence > SURE) == ("8356", True)


@pytest.mark.parametrize("text", ["444", "77", "55", "11", "4-4"])
def test_strokes_of_digits_do_not_strike_out(model: Model, text: str) -> None:
    reading = recognize(encoded(struck(text, width=6)), model)
    assert reading.text == text.replace("-", "")
    assert reading.confidence > 0.9


@pytest.mark.parametrize("y", [0.93, 0.07])
def test_underlines_do_not_strike_out(model: Model, y: float) -> None:
    assert recognize(encoded(struck("8356", (y, y), width=6)), model).confidence > 0.7


@pytest.mark.parametrize("text", ["8356", "29"])
def test_a_number_struck_out_beside_the_right_one_is_doubted(model: Model, text: str) -> None:
    after = number_image("402", height=60, pitch=0.9)
    for wrong, is_sure in (
        (struck(text, width=6), True),
        (struck(text, (0.45, 0.55), width=6), False),
    ):
        page = Image.new(
            "L", (wrong.width + after.width + 30, wrong.height), wrong.getpixel((0, 0))
        )
        page.paste(wrong, (0, 0))
        page.paste(after, (wrong.width + 30, 0))
        reading = recognize(encoded(page), model)
        assert reading.text == f"{text}402"
        assert (reading.confidence > 0.6) == is_sure
