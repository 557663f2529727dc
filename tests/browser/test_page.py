"""The page as a visitor meets it: real Chromium, real server, real model."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from tests.drawing import digit_image, encoded, number_image

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from playwright.sync_api import FilePayload, Locator, Page, Request, Route, expect

    from tests.browser.conftest import OpenPage
else:
    expect = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed: make test-deps"
    ).expect

Stroke = Sequence[tuple[float, float]]

# Corners of each stroke, as parts of the paper's side.
STROKES: dict[int, list[Stroke]] = {
    1: [[(0.5, 0.2), (0.5, 0.5), (0.49, 0.85)]],
    2: [[(0.33, 0.3), (0.4, 0.2), (0.55, 0.18), (0.66, 0.28), (0.63, 0.42), (0.48, 0.6),
         (0.32, 0.8), (0.5, 0.79), (0.7, 0.79)]],
    4: [[(0.4, 0.18), (0.36, 0.36), (0.3, 0.55), (0.5, 0.55), (0.72, 0.53)],
        [(0.6, 0.2), (0.59, 0.5), (0.57, 0.85)]],
    7: [[(0.3, 0.22), (0.5, 0.22), (0.7, 0.2), (0.6, 0.45), (0.5, 0.65), (0.44, 0.84)]],
}  # fmt: skip
PHONE: dict[str, Any] = {
    "viewport": {"width": 320, "height": 640},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
RECOGNIZE = re.compile(r"/api/recognize\b")


# Giving the page a picture


def picture_file(digit: int) -> FilePayload:
    return png_file(digit_image(digit))


def png_file(picture: Image.Image) -> FilePayload:
    return {"name": "picture.png", "mimeType": "image/png", "buffer": encoded(picture)}


def choose(page: Page, file: FilePayload | Path) -> None:
    page.get_by_label("Choose pictures").set_input_files(file)


def paper_points(page: Page, stroke: Stroke) -> list[tuple[float, float]]:
    box = page.locator("#pad").bounding_box()
    assert box
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]


def draw(page: Page, digit: int, *, left: float = 0, scale: float = 1) -> None:
    """Draw with the mouse, `left` and `scale` as parts of the paper's side."""
    for stroke in STROKES[digit]:
        placed = [(left + scale * x, 0.5 + scale * (y - 0.5)) for x, y in stroke]
        start, *rest = paper_points(page, placed)
        page.mouse.move(*start)
        page.mouse.down()
        for x, y in rest:
            page.mouse.move(x, y, steps=5)
        page.mouse.up()


def draw_42(page: Page) -> None:
    draw(page, 4, left=-0.05, scale=0.65)
    draw(page, 2, left=0.4, scale=0.65)


def draw_by_touch(page: Page, digit: int) -> None:
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]},
        )

    for stroke in STROKES[digit]:
        start, *rest = paper_points(page, stroke)
        touch("touchStart", start)
        for point in rest:
            touch("touchMove", point)
        touch("touchEnd")


def hold_requests(page: Page, held: list[Route]) -> None:
    def hold(route: Route) -> None:
        held.append(route)

    page.route(RECOGNIZE, hold)


def answer(page: Page) -> Locator:
    return page.locator("#answer")


def expect_read(page: Page, text: str) -> None:
    expect(answer(page).locator(".text")).to_have_text(text)
    expect(page.locator("#reading")).to_have_attribute("data-state", "read")


def boxes(page: Page) -> Locator:
    return page.get_by_role("group", name="The digits on the paper").get_by_role("button")


def choose_and_read(page: Page, text: str) -> Any:
    """Let the page read a picture of this text, and return what the server answered."""
    with page.expect_response(RECOGNIZE) as answered:
        choose(page, png_file(number_image(text)))
    expect_read(page, text)
    return answered.value.json()


def expect_explained(page: Page, index: int, reading: Any) -> None:
    """Expect this digit, and no other, to be the selected one, with what there is to say of it."""
    digit, count = reading["digits"][index], len(reading["digits"])
    expect(page.locator("#marks [aria-pressed=true]")).to_have_count(1)
    expect(boxes(page).nth(index)).to_have_attribute("aria-pressed", "true")
    expect(answer(page).locator(".selected")).to_have_text(str(digit["digit"]))
    expect(page.get_by_role("heading", level=3)).to_have_text(
        re.compile(rf"^Digit {index + 1} of {count}: {digit['digit']}, (over )?\d+\.\d% sure$")
    )
    seen = page.get_by_alt_text("28 by 28 pixels")
    expect(seen).to_have_count(1)
    expect(seen).to_have_attribute("src", digit["input"])
    expect(page.locator("tr.best").get_by_role("rowheader")).to_have_text(str(digit["digit"]))
    drawn = page.locator(".bar").evaluate_all(
        "bars => bars.map(bar => parseFloat(getComputedStyle(bar).backgroundSize))"
    )
    assert drawn == pytest.approx([100 * each for each in digit["probabilities"]], abs=0.1)


# Reading


@pytest.mark.parametrize("digit", range(10))
def test_a_chosen_picture_is_read(page: Page, digit: int) -> None:
    choose(page, picture_file(digit))

    expect_read(page, str(digit))
    expect(answer(page)).to_contain_text(re.compile(r"(sure|guess) .*\d%", re.IGNORECASE))
    expect(page.get_by_alt_text("The picture you chose")).to_be_visible()


def test_the_reading_is_explained(page: Page, screenshots: Path) -> None:
    choose(page, picture_file(5))
    expect_read(page, "5")

    rows = page.get_by_role("table", name="How likely it is each digit").locator("tbody tr")
    expect(rows.get_by_role("rowheader")).to_have_text(list("0123456789"))
    expect(rows.locator(".percent")).to_have_text([re.compile(r"^[<>]?\d+\.\d%$")] * 10)
    expect(rows.and_(page.locator(".best")).get_by_role("rowheader")).to_have_text("5")

    seen = page.get_by_alt_text("28 by 28 pixels")
    expect(seen).to_have_js_property("naturalWidth", 28)
    expect(seen).to_have_css("image-rendering", "pixelated")
    expect(page.locator("#small-print")).to_have_text(
        re.compile(r"version [0-9a-f]{12}.* 280 . 280 pixels")
    )
    page.screenshot(path=screenshots / "desktop-light.png", full_page=True)


def test_bars_are_as_long_as_the_probabilities(page: Page) -> None:
    with page.expect_response(RECOGNIZE) as answered:
        choose(page, picture_file(8))
    expect_read(page, "8")

    probabilities = answered.value.json()["digits"][0]["probabilities"]
    drawn = page.locator(".bar").evaluate_all(
        "bars => bars.map(bar => parseFloat(getComputedStyle(bar).backgroundSize))"
    )
    assert drawn == pytest.approx([100 * each for each in probabilities], abs=0.1)


def test_a_dropped_picture_is_read(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "3.png"
    file.write_bytes(encoded(digit_image(3)))
    dragged = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
    mouse = page.context.new_cdp_session(page)

    def drag(kind: str) -> None:
        x, y = paper_points(page, [(0.5, 0.5)])[0]
        mouse.send("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": dragged})

    drag("dragEnter")
    drag("dragOver")
    expect(page.locator("html")).to_have_class("dragging")
    drag("drop")

    expect_read(page, "3")
    expect(page.locator("html")).not_to_have_class("dragging")


def test_a_pasted_picture_is_read(page: Page) -> None:
    page.evaluate(
        """numbers => {
          const clipboardData = new DataTransfer();
          const file = new File([Uint8Array.from(numbers)], "6.png", { type: "image/png" });
          clipboardData.items.add(file);
          document.body.dispatchEvent(
            new ClipboardEvent("paste", { clipboardData, bubbles: true }));
        }""",
        list(encoded(digit_image(6))),
    )
    expect_read(page, "6")


def test_dropped_text_is_refused_in_words(page: Page) -> None:
    transfer = page.evaluate_handle(
        "() => { const t = new DataTransfer(); t.setData('text/plain', '7'); return t; }"
    )
    page.locator("body").dispatch_event("drop", {"dataTransfer": transfer})
    expect(answer(page)).to_contain_text("not a picture file")


@pytest.mark.parametrize("digit", STROKES)
def test_a_drawing_is_read_when_the_pen_is_lifted(page: Page, digit: int) -> None:
    draw(page, digit)
    expect_read(page, str(digit))


def test_a_drawing_is_black_ink_on_white_paper(page: Page) -> None:
    page.evaluate(
        """() => {
          const { fetch } = window;
          window.fetch = async (address, request) => {
            window.sent = [...new Uint8Array(await request.body.arrayBuffer())];
            return fetch(address, request);
          };
        }"""
    )
    with page.expect_request(RECOGNIZE) as request:
        draw(page, 7)
        page.get_by_role("button", name="Read").click()
    assert request.value.header_value("content-type") == "image/png"
    picture = Image.open(io.BytesIO(bytes(page.evaluate("sent"))))
    assert picture.format == "PNG"
    assert picture.convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 255)
    assert picture.convert("L").getextrema() == (0, 255)
    assert 0.02 < picture.convert("L").histogram()[0] / (picture.width * picture.height) < 0.2
    expect_read(page, "7")


def test_what_was_undone_is_no_longer_shown(page: Page) -> None:
    draw_42(page)
    expect_read(page, "42")
    held: list[Route] = []
    hold_requests(page, held)
    page.get_by_role("button", name="Undo").click()
    expect(boxes(page).first).to_be_hidden()
    expect(page.get_by_role("button", name="Keep correction")).to_be_hidden()


def test_pictures_wait_for_a_busy_reader(page: Page) -> None:
    asked = 0

    def be_busy_at_first(route: Route) -> None:
        nonlocal asked
        asked += 1
        if asked <= 4:
            route.fulfill(status=429, headers={"Retry-After": "1"}, json={"detail": "Too much."})
        else:
            route.continue_()

    page.route(RECOGNIZE, be_busy_at_first)
    page.get_by_label("Choose pictures").set_input_files(
        [picture_file(digit) for digit in (3, 4, 5)]
    )
    expect(page.locator("#progress")).to_have_text("3 of 3 read")
    assert asked == 7


def test_the_digit_that_was_found_is_framed(page: Page) -> None:
    draw(page, 4)
    expect_read(page, "4")
    frame = boxes(page).bounding_box()
    assert frame
    points = [point for stroke in STROKES[4] for point in paper_points(page, stroke)]
    left, top = (min(each) for each in zip(*points, strict=True))
    right, bottom = (max(each) for each in zip(*points, strict=True))
    pen = 30  # the frame goes round the ink, not along the middle of the stroke
    assert frame["x"] == pytest.approx(left, abs=pen)
    assert frame["y"] == pytest.approx(top, abs=pen)
    assert frame["x"] + frame["width"] == pytest.approx(right, abs=pen)
    assert frame["y"] + frame["height"] == pytest.approx(bottom, abs=pen)


def test_a_second_stroke_is_read_with_the_first(page: Page) -> None:
    draw(page, 7)
    expect_read(page, "7")
    page.get_by_role("button", name="Clear").click()
    expect(answer(page)).to_contain_text("Nothing has been read yet")
    expect(boxes(page)).to_have_count(0)

    draw(page, 2)
    expect_read(page, "2")


def test_a_picture_after_a_drawing_and_back(page: Page) -> None:
    draw(page, 7)
    expect_read(page, "7")
    choose(page, picture_file(3))
    expect_read(page, "3")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_alt_text("The picture you chose")).to_be_hidden()
    draw(page, 4)
    expect_read(page, "4")


def test_a_picture_without_ink_is_said_in_words(page: Page) -> None:
    blank = encoded(Image.new("L", (200, 200), 255))
    choose(page, {"name": "blank.png", "mimeType": "image/png", "buffer": blank})
    expect(answer(page)).to_have_text("There is nothing to read in this picture.")
    expect(page.locator("tbody tr")).to_have_count(0)


def test_a_kind_of_file_that_only_the_server_can_show(page: Page) -> None:
    tiff = encoded(digit_image(9), "TIFF")
    choose(page, {"name": "9.tif", "mimeType": "image/tiff", "buffer": tiff})
    expect_read(page, "9")
    expect(page.get_by_text("No preview")).to_be_visible()


# Numbers


def test_a_drawn_number_is_read(page: Page) -> None:
    draw_42(page)
    expect_read(page, "42")
    expect(boxes(page)).to_have_count(2)
    four, two = (boxes(page).nth(index) for index in range(2))
    expect(four).to_have_accessible_name(re.compile(r"^Digit 1 of 2: 4, (over )?\d+\.\d% sure$"))
    expect(two).to_have_accessible_name(re.compile(r"^Digit 2 of 2: 2, (over )?\d+\.\d% sure$"))


def test_a_tap_on_a_digit_explains_it(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page(**PHONE)
    reading = choose_and_read(page, "5274")
    expect_explained(page, 0, reading)

    boxes(page).nth(1).tap()
    expect_explained(page, 1, reading)
    expect(page.locator("article")).to_be_in_viewport(ratio=0.95)
    page.wait_for_timeout(500)  # for the smooth scroll to end
    page.screenshot(path=screenshots / "phone-320-number-as-seen.png")
    page.screenshot(path=screenshots / "phone-320-number.png", full_page=True)

    answer(page).get_by_text("7").tap()  # in the text, where it is larger
    expect_explained(page, 2, reading)


def test_a_doubtful_digit_is_explained_first(page: Page) -> None:
    def doubt_the_third(route: Route) -> None:
        reading = route.fetch().json()
        reading["digits"][2]["confidence"] = 0.6
        route.fulfill(json=reading)

    page.route(RECOGNIZE, doubt_the_third)
    expect_explained(page, 2, choose_and_read(page, "5274"))


def test_the_keyboard_goes_from_digit_to_digit(page: Page, screenshots: Path) -> None:
    reading = choose_and_read(page, "5274")
    digits = [boxes(page).nth(index) for index in range(4)]
    page.get_by_role("button", name="Read").focus()
    for digit in reversed(digits):
        page.keyboard.press("Shift+Tab")
        expect(digit).to_be_focused()
    expect_explained(page, 0, reading)

    page.keyboard.press("Tab")
    expect_explained(page, 0, reading)
    page.keyboard.press("Enter")
    expect_explained(page, 1, reading)
    page.screenshot(path=screenshots / "focus.png")
    for key, index in [
        ("ArrowRight", 2),
        ("ArrowDown", 3),
        ("ArrowRight", 3),
        ("ArrowLeft", 2),
        ("Home", 0),
        ("ArrowUp", 0),
        ("End", 3),
    ]:
        page.keyboard.press(key)
        expect(digits[index]).to_be_focused()
        expect_explained(page, index, reading)
    assert page.evaluate("scrollY") == 0


def test_rows_are_lines(page: Page, screenshots: Path) -> None:
    reading = choose_and_read(page, "4052\n317")
    assert answer(page).locator(".text").inner_text() == "4052\n317"
    expect(boxes(page)).to_have_count(7)
    above, below = (boxes(page).nth(index).bounding_box() for index in (3, 4))
    assert above
    assert below
    assert above["y"] + above["height"] < below["y"]
    boxes(page).nth(4).click()
    expect_explained(page, 4, reading)
    page.screenshot(path=screenshots / "desktop-rows.png", full_page=True)


@pytest.mark.parametrize("text", ["31907", "7", "50\n27\n41"])
def test_boxes_lie_over_the_digits_however_large_the_paper(page: Page, text: str) -> None:
    picture = number_image(text)
    reading = choose_and_read(page, text)
    for width in (1280, 320, 900):
        page.set_viewport_size({"width": width, "height": 700})
        paper = page.locator("#laid").bounding_box()
        assert paper
        scale = min(paper["width"] / picture.width, paper["height"] / picture.height)
        x = paper["x"] + (paper["width"] - scale * picture.width) / 2
        y = paper["y"] + (paper["height"] - scale * picture.height) / 2
        for index, ink in enumerate(ink_boxes(picture)):
            shown = boxes(page).nth(index).bounding_box()
            assert shown
            found = [
                (shown["x"] - x) / scale,
                (shown["y"] - y) / scale,
                shown["width"] / scale,
                shown["height"] / scale,
            ]
            answered = reading["digits"][index]["box"]
            assert found == pytest.approx(list(answered.values()), abs=1)
            assert found == pytest.approx(ink, abs=0.08 * ink[3])  # the reader's own margin


def ink_boxes(picture: Image.Image) -> list[tuple[int, int, int, int]]:
    """Left, top, width and height of each digit, where blank rows and columns part them."""
    ink = np.asarray(picture) < 128
    found = []
    for top, bottom in runs(ink.any(axis=1)):
        for left, right in runs(ink[top:bottom].any(axis=0)):
            ys = np.flatnonzero(ink[top:bottom, left:right].any(axis=1))
            found.append((left, top + int(ys[0]), right - left, int(ys[-1] - ys[0]) + 1))
    return found


def runs(present: ArrayLike) -> list[tuple[int, int]]:
    """Where true begins and where it ends, for each stretch of it."""
    edges = np.flatnonzero(np.diff(np.pad(np.asarray(present), 1).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize(("length", "rows"), [(6, 1), (40, 1), (12, 12)])
def test_much_text_fits(
    open_page: OpenPage, screenshots: Path, width: int, length: int, rows: int
) -> None:
    page = open_page(viewport={"width": width, "height": 700})

    def read_it_many_times_over(route: Route) -> None:
        reading = route.fetch().json()
        reading["text"] = "\n".join([reading["text"] * length] * rows)
        reading["digits"] *= length * rows
        reading["digits"][0] = {**reading["digits"][0], "confidence": 0.6}  # names other texts
        reading["digits"][0]["probabilities"] = [0.4, 0, 0, 0, 0, 0.6, 0, 0, 0, 0]
        route.fulfill(json=reading)

    page.route(RECOGNIZE, read_it_many_times_over)
    choose(page, picture_file(5))
    expect_read(page, " ".join(["5" * length] * rows))
    expect(boxes(page)).to_have_count(length * rows)
    expect(page.get_by_role("table")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    text = page.locator(".text").bounding_box()
    assert text
    assert text["height"] < 500
    page.screenshot(path=screenshots / f"much-{length}-{rows}-{width}.png", full_page=True)


def test_a_stroke_may_begin_on_a_digit_that_was_read(page: Page) -> None:
    draw(page, 7)
    expect_read(page, "7")
    ink = "pad.toDataURL()"
    before = page.evaluate(ink)
    boxes(page).click()
    assert page.evaluate(ink) == before
    expect(boxes(page)).to_have_count(1)

    with page.expect_response(RECOGNIZE):
        start, end = paper_points(page, [(0.55, 0.5), (0.55, 0.95)])
        page.mouse.move(*start)
        page.mouse.down()
        page.mouse.move(*end, steps=9)
        expect(boxes(page)).to_have_count(0)
        page.mouse.up()
    assert page.evaluate(ink) != before
    expect(boxes(page)).not_to_have_count(0)


def test_no_stroke_begins_on_a_chosen_picture(page: Page) -> None:
    choose_and_read(page, "42")
    before = page.evaluate("pad.toDataURL()")
    start, end = paper_points(page, [(0.3, 0.5), (0.6, 0.7)])
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=9)
    page.mouse.up()
    assert page.evaluate("pad.toDataURL()") == before
    expect(boxes(page)).to_have_count(2)


# Phones, colours, keys


def test_a_finger_draws_on_a_phone(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page(**PHONE)
    draw_by_touch(page, 2)
    expect_read(page, "2")
    expect(answer(page).locator(".text")).to_be_in_viewport(ratio=1)
    page.wait_for_timeout(500)  # for the smooth scroll to end
    page.screenshot(path=screenshots / "phone-320-as-seen.png")
    page.screenshot(path=screenshots / "phone-320.png", full_page=True)


@pytest.mark.parametrize("width", [320, 360, 736, 1024, 2560])
def test_nothing_sticks_out_sideways(open_page: OpenPage, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 700})
    choose(page, picture_file(0))
    expect_read(page, "0")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(open_page: OpenPage, screenshots: Path, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    assert_contrast(page, "body", "header p", ".message", ".how", ".how strong", "footer a")
    assert_contrast(page, "#hint", "#read", "#clear", "#file + label")
    draw(page, 7)
    expect_read(page, "7")
    page.wait_for_timeout(400)  # for the old reading's fading to end
    assert_contrast(page, ".text", ".confidence", "figcaption", "caption", "tbody td")
    assert_contrast(page, "#small-print")
    page.screenshot(path=screenshots / f"desktop-{scheme}-drawn.png", full_page=True)
    page.get_by_role("button", name="Clear").click()
    draw_42(page)
    expect_read(page, "42")
    page.wait_for_timeout(400)
    assert_contrast(page, ".text .selected", "h3", ".which p")
    page.screenshot(path=screenshots / f"desktop-{scheme}-number.png", full_page=True)
    choose(page, {"name": "words.png", "mimeType": "image/png", "buffer": b"words"})
    expect(page.locator("#reading")).to_have_attribute("data-state", "problem")
    assert_contrast(page, ".message", "#no-preview")


def assert_contrast(page: Page, *selectors: str) -> None:
    """WCAG AA for text of any size, against the nearest background behind it."""
    for selector in selectors:
        colours = page.locator(selector).first.evaluate(
            """element => {
              let behind = element;
              const colour = () => getComputedStyle(behind).backgroundColor;
              while (colour() === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
              return [getComputedStyle(element).color, colour()];
            }"""
        )
        light, dark = sorted(map(luminance, colours), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (selector, colours)


def luminance(colour: str) -> float:
    """Of a computed "rgb(r, g, b)", as WCAG defines it."""
    channels = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_keyboard_is_enough(page: Page) -> None:
    # Listened for from the start: what is pressed right after is missed at times.
    page.on("filechooser", lambda chooser: chooser.set_files(picture_file(3)))
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
        shown = page.evaluate(
            """() => {
              const active = document.activeElement;
              const seen = active.id === "file" ? active.labels[0] : active;
              return getComputedStyle(seen).outlineStyle;
            }"""
        )
        assert shown == "solid", reached
    samples = ["BUTTON"] * 6
    assert reached == ["read", "clear", "brush", "file", *samples, "form", "description"]

    page.get_by_role("button", name="Read").press("Enter")
    expect(answer(page)).to_contain_text("The paper is blank")
    page.get_by_label("Choose pictures").focus()
    page.keyboard.press("Space")
    expect_read(page, "3")


def test_the_reading_is_announced(page: Page) -> None:
    expect(answer(page)).to_have_attribute("aria-live", "polite")
    expect(answer(page)).to_have_attribute("aria-atomic", "true")


def test_nothing_moves_for_those_who_ask(open_page: OpenPage, held: list[Route]) -> None:
    page = open_page(reduced_motion="reduce")
    hold_requests(page, held)
    choose(page, picture_file(1))
    expect(answer(page)).to_have_text("Reading…")
    assert page.evaluate("document.getAnimations().length") == 0


def test_nothing_is_kept_in_the_browser(page: Page) -> None:
    choose(page, picture_file(0))
    expect_read(page, "0")
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


# What can go wrong


def test_a_file_that_is_no_picture(page: Page, screenshots: Path) -> None:
    with page.expect_response(RECOGNIZE) as answered:
        choose(page, {"name": "words.png", "mimeType": "image/png", "buffer": b"only words"})
    problem = answered.value.json()
    assert answered.value.status == problem["status"] == 400
    assert answered.value.header_value("content-type") == "application/problem+json"

    expect(answer(page)).to_have_text(problem["detail"])
    page.screenshot(path=screenshots / "error.png", full_page=True)


def test_a_file_over_the_limit(page: Page, tmp_path: Path) -> None:
    """The server must take in what it refuses, or the browser sees only a broken connection."""
    large = tmp_path / "large.png"
    large.write_bytes(encoded(digit_image(1)) + bytes(40_000_000))
    choose(page, large)
    expect(answer(page)).to_contain_text(re.compile("bytes|large"), timeout=30_000)


def test_a_problem_is_text_not_markup(page: Page) -> None:
    detail = "<img src=x onerror=alert(1)> & <b>so on</b>"
    page.route(RECOGNIZE, lambda route: route.fulfill(
        status=500, content_type="application/problem+json", json={"detail": detail}
    ))  # fmt: skip
    choose(page, picture_file(1))
    expect(answer(page)).to_have_text(detail)
    expect(answer(page).locator("img, b")).to_have_count(0)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (200, "does not understand"),
        (413, "too large"),
        (500, "failed, with status 500"),
        (503, "not available just now"),
    ],
)
def test_an_answer_that_is_not_json(page: Page, status: int, words: str) -> None:
    page.route(RECOGNIZE, lambda route: route.fulfill(
        status=status, content_type="text/html", body="<h1>Something before the server</h1>"
    ))  # fmt: skip
    choose(page, picture_file(1))
    expect(answer(page)).to_contain_text(words)


def test_the_network_is_gone_and_comes_back(page: Page) -> None:
    page.context.set_offline(True)
    choose(page, picture_file(6))
    expect(answer(page)).to_contain_text("could not be reached")

    page.context.set_offline(False)
    page.get_by_role("button", name="Read").click()
    expect_read(page, "6")


def test_a_reader_that_is_slow_and_then_too_slow(open_page: OpenPage, held: list[Route]) -> None:
    page = open_page(clock=True)
    hold_requests(page, held)
    with page.expect_request(RECOGNIZE) as sent:
        choose(page, picture_file(1))
    expect(page.locator("#reading")).to_have_attribute("aria-busy", "true")
    page.clock.fast_forward(1_000)
    expect(answer(page)).to_have_text("Reading…")
    page.clock.fast_forward(3_000)
    expect(answer(page)).to_contain_text("may be waking up")
    page.clock.fast_forward(60_000)
    expect(answer(page)).to_contain_text("longer than a minute")
    expect(page.locator("#reading")).to_have_attribute("aria-busy", "false")
    assert sent.value.failure == "net::ERR_ABORTED"


def test_a_newer_picture_supersedes_an_older_one(page: Page, held: list[Route]) -> None:
    aborted: list[Request] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    def note(request: Request) -> None:
        aborted.append(request)

    page.route(RECOGNIZE, hold_the_first)
    page.on("requestfailed", note)
    with page.expect_request(RECOGNIZE):
        choose(page, picture_file(3))
    choose(page, picture_file(8))
    expect_read(page, "8")
    assert aborted == [held[0].request]
    expect(answer(page).locator(".text")).to_have_text("8")


def test_clearing_ends_the_reading_under_way(page: Page, held: list[Route]) -> None:
    hold_requests(page, held)
    choose(page, picture_file(3))
    expect(answer(page)).to_have_text("Reading…")
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Clear").click()
    expect(answer(page)).to_have_text("Nothing has been read yet.")


# Without JavaScript


@pytest.mark.parametrize("width", [320, 1280])
def test_the_form_reads_without_javascript(
    open_page: OpenPage, screenshots: Path, width: int
) -> None:
    page = open_page(java_script_enabled=False, viewport={"width": width, "height": 700})
    page.get_by_role("link", name="The plain form", exact=True).click()
    expect(page).to_have_url(re.compile(r"/form$"))

    page.locator("input[type=file]").set_input_files(picture_file(4))
    page.locator("[type=submit]").click()
    expect(page.locator("output")).to_have_text("4")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=screenshots / f"form-{width}.png", full_page=True)


def test_the_form_reads_numbers(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("/form", java_script_enabled=False, viewport={"width": 320, "height": 700})
    page.locator("input[type=file]").set_input_files(png_file(number_image("4052\n317")))
    page.locator("[type=submit]").click()
    assert page.locator("output").inner_text() == "4052\n317"
    expect(page.get_by_text(re.compile(r"^(over )?\d+\.\d% sure$"))).to_be_visible()
    expect(page.locator("table:visible")).to_have_count(0)
    page.get_by_text("Digit 2 of 7: 0, ").click()
    expect(page.locator("table:visible .best th")).to_have_text("0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.screenshot(path=screenshots / "form-320-number.png", full_page=True)


def test_the_form_says_what_is_wrong(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("/form", java_script_enabled=False)
    words: FilePayload = {"name": "words.png", "mimeType": "image/png", "buffer": b"only words"}
    page.locator("input[type=file]").set_input_files(words)
    page.locator("[type=submit]").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be decoded")
    page.screenshot(path=screenshots / "form-error.png", full_page=True)
