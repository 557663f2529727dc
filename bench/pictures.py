"""The pictures that are measured, drawn here."""

from PIL import Image

from tests.drawing import digit_image, encoded, number_image


def photo(width: int, height: int) -> bytes:
    """A JPEG of one digit on a page with some grain, as a phone would send it."""
    page = digit_image(4, size=(800, 600)).resize((width, height)).convert("RGB")
    grain = Image.effect_noise((width, height), 12).convert("RGB")
    return encoded(Image.blend(page, grain, 0.1), "JPEG", quality=88)


def number(digits: int, width: int = 640, height: int = 200) -> bytes:
    """A PNG of a number, its digits half as high as it is, or as they fit in."""
    text = "4207193586"[:digits]
    drawn = number_image(text, height=round(0.5 * height))
    drawn.thumbnail((width, height))
    page = Image.new(drawn.mode, (width, height), drawn.getpixel((0, 0)))
    page.paste(drawn, ((width - drawn.width) // 2, (height - drawn.height) // 2))
    return encoded(page)
