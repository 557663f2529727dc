"""Reading in the browser: as the server does, at once, and without it."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from shared import model as models
from shared.normalize import normalize
from tests.browser.test_page import (
    PHONE,
    RECOGNIZE,
    STROKES,
    answer,
    boxes,
    choose,
    draw,
    draw_42,
    draw_by_touch,
    expect_read,
    hold_requests,
    paper_points,
    picture_file,
    png_file,
)
from tests.conftest import ROOT
from tests.drawing import digit_image, encoded, number_image
from training.handwriting import written

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Page, Route, expect

    from tests.browser.conftest import OpenPage
else:
    expect = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed: make test-deps"
    ).expect

COUNT = 1000
AXE = ROOT / ".tools" / "node_modules" / "axe-core" / "axe.min.js"
BY_BROWSER = re.compile("^Read in your browser")
BY_SERVER = re.compile("^Read by the server")


def small_print(page: Page) -> Any:
    return expect(page.locator("#small-print"))


def not_asked(page: Page) -> None:
    """Fail the test if the page asks the server."""
    page.route(RECOGNIZE, lambda route: pytest.fail(f"{route.request.url} was asked"))


# As the server does


def pictures() -> list[np.ndarray]:
    """Crops of digits in many sizes, thin and thick, faint and full."""
    folder = os.environ.get("MNIST_DIR")
    if folder:
        from training.data import mnist

        digits = mnist("test", Path(folder))[0][:COUNT]
    else:
        digits = written(COUNT, (6,))[0]
    random = np.random.default_rng(6)
    crops = []
    for digit in digits:
        ys, xs = np.nonzero(digit > 20)
        crop = digit[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
        times = int(random.integers(1, 9))
        crops.append(np.kron(crop, np.ones((times, times), np.uint8)))
    return crops


def test_the_browser_computes_what_the_server_does(instant: Page, model: models.Model) -> None:
    crops = pictures()
    sent = [
        {"width": c.shape[1], "height": c.shape[0], "data": base64.b64encode(c.tobytes()).decode()}
        for c in crops
    ]
    found = instant.evaluate(
        """async pictures => {
          const { normalize } = await import("/normalize.js");
          const { loadModel } = await import("/model.js");
          const model = await loadModel();
          const inputs = pictures.map(({ width, height, data }) => {
            const bytes = Uint8Array.from(atob(data), character => character.charCodeAt(0));
            return normalize({ data: Float32Array.from(bytes, byte => byte / 255), width, height });
          });
          return { version: model.version, all: await model.probabilities(inputs) };
        }""",
        sent,
    )
    inputs = np.stack([normalize(crop.astype(np.float32) / np.float32(255)) for crop in crops])
    expected = model.probabilities(inputs)
    all_found = np.array(found["all"])
    assert found["version"] == model.version
    assert np.mean(all_found.argmax(axis=1) == expected.argmax(axis=1)) >= 0.999
    assert np.abs(all_found - expected).max() <= 0.02


@pytest.mark.parametrize("digit", STROKES)
def test_a_drawing_is_read_without_the_server(instant: Page, digit: int) -> None:
    not_asked(instant)
    draw(instant, digit)
    expect_read(instant, str(digit))
    small_print(instant).to_have_text(BY_BROWSER)
    instant.wait_for_timeout(1200)  # longer than the pause after which the server may be asked
    measures = instant.evaluate("performance.getEntriesByName('stroke to answer').length")
    assert measures == len(STROKES[digit])


def test_browser_and_server_see_the_same(instant: Page) -> None:
    draw_42(instant)
    expect_read(instant, "42")
    ours = [boxes(instant).nth(index).bounding_box() for index in range(2)]
    with instant.expect_response(RECOGNIZE):
        instant.get_by_role("button", name="Read").click()
    small_print(instant).to_have_text(BY_SERVER)
    for index, our in enumerate(ours):
        its = boxes(instant).nth(index).bounding_box()
        assert our
        assert its
        assert list(our.values()) == pytest.approx(list(its.values()), abs=3)


def test_strokes_that_lie_apart_are_one_digit(instant: Page) -> None:
    """A four whose upright does not touch the rest, beside a seven."""
    not_asked(instant)
    four = [[(0.1, 0.3), (0.07, 0.5), (0.27, 0.5)], [(0.31, 0.32), (0.3, 0.7)]]
    seven = [[(0.6, 0.33), (0.85, 0.32), (0.7, 0.7)]]
    for stroke in four + seven:
        start, *rest = paper_points(instant, stroke)
        instant.mouse.move(*start)
        instant.mouse.down()
        for x, y in rest:
            instant.mouse.move(x, y, steps=5)
        instant.mouse.up()
    expect(answer(instant).locator(".text")).to_have_text("47")
    expect(boxes(instant)).to_have_count(2)


def test_the_server_is_asked_about_a_doubtful_drawing(instant: Page) -> None:
    with instant.expect_response(RECOGNIZE):
        for digit, left in ((2, 0.0), (2, 0.28)):  # they touch
            draw(instant, digit, left=left, scale=0.7)
    small_print(instant).to_have_text(BY_SERVER)


# Pictures: a first look, then the server's answer


def test_a_cold_server_is_not_waited_for(
    instant: Page, held: list[Route], screenshots: Path
) -> None:
    hold_requests(instant, held)
    choose(instant, png_file(number_image("42")))
    expect_read(instant, "42")
    small_print(instant).to_have_text(BY_BROWSER)
    expect(answer(instant)).to_contain_text("A first look, in your browser. The server is reading")
    expect(answer(instant)).to_contain_text("may be waking up")
    instant.screenshot(path=screenshots / "first-look.png", full_page=True)
    instant.wait_for_timeout(4_500)  # eight seconds with the above
    held.pop().continue_()
    small_print(instant).to_have_text(BY_SERVER)
    expect(answer(instant)).not_to_contain_text("first look")
    expect_read(instant, "42")


@pytest.mark.parametrize(("status", "words"), [(413, "too large"), (500, "status 500")])
def test_a_first_look_stays_where_the_server_fails(
    instant: Page, screenshots: Path, status: int, words: str
) -> None:
    instant.route(RECOGNIZE, lambda route: route.fulfill(status=status, body="<b>no</b>"))
    choose(instant, picture_file(5))
    expect_read(instant, "5")
    expect(answer(instant).locator(".note.problem")).to_contain_text(words)
    small_print(instant).to_have_text(BY_BROWSER)
    instant.screenshot(path=screenshots / f"failing-{status}.png", full_page=True)


@pytest.mark.parametrize("at", range(6))
def test_a_sample_is_one_click_away(instant: Page, at: int) -> None:
    texts = ["5", "2026", "4207193", "160 358", "3849", "9"]
    instant.locator("#samples button").nth(at).click()
    small_print(instant).to_have_text(BY_SERVER)
    expect_read(instant, texts[at])


# Without a network


def test_a_first_look_is_waited_for_where_the_network_fails_at_once(instant: Page) -> None:
    instant.route(RECOGNIZE, lambda route: route.abort())
    choose(instant, png_file(number_image("42", height=1500)))  # takes longer to look at
    expect_read(instant, "42")
    expect(answer(instant).locator(".note.problem")).to_contain_text("could not be reached")
    small_print(instant).to_have_text(BY_BROWSER)


def test_the_page_works_without_a_network(instant: Page, screenshots: Path) -> None:
    instant.context.set_offline(True)
    instant.reload()
    instant.locator("html[data-reader=browser]").wait_for(timeout=60_000)
    draw_42(instant)
    expect_read(instant, "42")
    choose(instant, picture_file(6))
    expect_read(instant, "6")
    expect(answer(instant).locator(".note.problem")).to_contain_text("could not be reached")
    instant.screenshot(path=screenshots / "offline.png", full_page=True)
    instant.locator("#samples button").first.click()
    expect_read(instant, "5")


@pytest.mark.parametrize("path", ["index.html", "?from=mail"])
def test_the_page_has_other_addresses_without_a_network(instant: Page, path: str) -> None:
    address = instant.url + path
    instant.context.set_offline(True)
    instant.goto(address)
    instant.locator("html[data-reader=browser]").wait_for(timeout=60_000)
    draw_42(instant)
    expect_read(instant, "42")


def test_the_worker_keeps_every_part_of_the_page() -> None:
    site = ROOT / "static_site"
    listed = re.findall(r'^  "(.+)",$', (site / "sw.js").read_text(), re.MULTILINE)
    files = {
        str(path.relative_to(site))
        for path in site.rglob("*")
        if path.is_file() and "vendor" not in path.relative_to(site).parts
    }
    assert set(listed) == files - {"index.html", "sw.js", "form.css"} | {"./"}


@pytest.mark.parametrize("missing", ["**/vendor/**/*.wasm", "**/model/digits.onnx"])
def test_the_server_reads_where_the_browser_cannot(open_page: OpenPage, missing: str) -> None:
    page = open_page("/form", instant=False)
    page.context.unroute("**/vendor/**")
    page.context.route(missing, lambda route: route.abort())
    page.get_by_role("link", name="The page with drawing").click()
    page.locator("html[data-reader=server]").wait_for()
    draw(page, 7)
    expect_read(page, "7")
    small_print(page).to_have_text(BY_SERVER)


def test_a_changed_library_is_refused(open_page: OpenPage) -> None:
    page = open_page("/form")
    page.context.unroute("**/vendor/**")

    def change(route: Route) -> None:
        route.fulfill(content_type="text/javascript", body="document.title = 'changed'")

    page.context.route("**/vendor/**/*.mjs", change)
    refused = page.evaluate(
        """async () => {
          const { vendoredModule } = await import("/vendored.js");
          const file = "dist/ort.wasm.bundle.min.mjs";
          return vendoredModule("onnxruntime-web", file).then(() => "taken", () => "refused");
        }"""
    )
    assert refused == "refused"
    assert page.title() != "changed"


# Inputs


def test_undo_takes_back_a_stroke_and_a_clearing(instant: Page) -> None:
    draw_42(instant)
    expect_read(instant, "42")
    undo = instant.get_by_role("button", name="Undo")
    undo.click()
    expect_read(instant, "4")
    instant.get_by_role("button", name="Clear").click()
    expect(answer(instant)).to_contain_text("Nothing has been read yet")
    instant.keyboard.press("Control+z")
    expect_read(instant, "4")
    undo.click()
    undo.click()
    expect(undo).to_be_disabled()
    expect(instant.get_by_text("Draw a digit or a number here")).to_be_visible()


def test_the_pen_has_a_size(instant: Page) -> None:
    ink = []
    for size in ("2", "9"):
        instant.get_by_label("Pen", exact=True).fill(size)
        draw(instant, 7)
        expect_read(instant, "7")
        ink.append(
            instant.evaluate(
                "pad.getContext('2d').getImageData(0, 0, 560, 560).data.filter(v => v).length"
            )
        )
        instant.get_by_role("button", name="Clear").click()
    assert ink[1] > 3 * ink[0]


def test_a_pen_that_is_pressed_harder_draws_wider(instant: Page) -> None:
    pen = instant.context.new_cdp_session(instant)

    def line(y: float, force: float) -> None:
        (x0, y0), (x1, y1) = paper_points(instant, [(0.2, y), (0.8, y)])
        for kind, x, at in (
            ("mousePressed", x0, y0), ("mouseMoved", x1, y1), ("mouseReleased", x1, y1),
        ):  # fmt: skip
            pen.send("Input.dispatchMouseEvent", {
                "type": kind, "x": x, "y": at, "button": "left", "buttons": 1, "clickCount": 1,
                "force": force, "pointerType": "pen",
            })  # fmt: skip

    line(0.3, 0.1)
    line(0.7, 1.0)
    heights = instant.evaluate(
        """() => [0.3, 0.7].map(y => {
          const column = pad.getContext("2d").getImageData(280, 560 * y - 60, 1, 120).data;
          return column.filter((value, at) => at % 4 === 3 && value > 128).length;
        })"""
    )
    assert heights[1] > 2 * heights[0] > 0


def test_a_finger_draws_and_the_paper_stays_put(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page(instant=True, **PHONE)
    draw_by_touch(page, 4)
    expect_read(page, "4")
    assert page.evaluate("scrollY") == 0
    expect(answer(page).locator(".text")).to_be_in_viewport(ratio=1)  # after a pause
    expect(page.get_by_text("Take a photo")).to_be_visible()
    page.wait_for_timeout(500)
    page.screenshot(path=screenshots / "instant-320.png", full_page=True)


def test_the_camera_is_asked_for(instant: Page) -> None:
    camera = instant.locator("#camera")
    expect(camera).to_have_attribute("capture", "environment")
    camera.set_input_files(picture_file(8))
    expect_read(instant, "8")


def test_several_pictures_become_a_table(instant: Page, screenshots: Path) -> None:
    files: list[FilePayload] = [
        {**picture_file(3), "name": "three.png"},
        {"name": '=words,"x".png', "mimeType": "image/png", "buffer": b"words"},
        {**png_file(number_image("40\n51")), "name": "rows.png"},
    ]
    instant.get_by_label("Choose pictures").set_input_files(files)
    expect(instant.get_by_text("2 of 3 read, 1 could not be")).to_be_visible()
    expect_read(instant, "3")
    rows = instant.locator("#pictures tbody tr")
    expect(rows.nth(1)).to_contain_text("cannot be decoded")
    instant.get_by_role("button", name="rows.png").click()
    expect(answer(instant).locator(".text")).to_have_text("40 51")
    instant.screenshot(path=screenshots / "several.png", full_page=True)
    with instant.expect_download() as downloaded:
        instant.get_by_role("button", name="Download CSV").click()
    written = Path(downloaded.value.path()).read_bytes()
    assert written.startswith(b"\xef\xbb\xbf")  # by which spreadsheets know UTF-8
    table = list(csv.reader(written.decode("utf-8-sig").splitlines(keepends=True)))
    assert table[0] == ["file", "text", "confidence", "problem"]
    assert [row[:2] for row in table[1:]] == [
        ["three.png", "3"], ["'=words,\"x\".png", ""], ["rows.png", "40\n51"],
    ]  # fmt: skip
    assert float(table[1][2]) > 0.5
    assert "decoded" in table[2][3]


def choose_two_while_the_server_is_away(page: Page) -> None:
    page.context.route(RECOGNIZE, lambda route: route.abort())
    files: list[FilePayload] = [
        {**picture_file(3), "name": "a.png"},
        {**picture_file(5), "name": "b.png"},
    ]
    page.get_by_label("Choose pictures").set_input_files(files)
    expect(page.get_by_text("0 of 2 read, 2 could not be")).to_be_visible()
    page.context.unroute(RECOGNIZE)


def test_a_picture_that_failed_is_tried_again(instant: Page) -> None:
    choose_two_while_the_server_is_away(instant)
    instant.get_by_role("button", name="b.png").click()
    expect(instant.get_by_text("1 of 2 read, 1 could not be")).to_be_visible()
    expect_read(instant, "5")
    expect(instant.get_by_role("button", name="b.png")).to_be_focused()
    row = instant.locator("#pictures tbody tr").nth(1)
    expect(row.locator("td")).to_have_text(["5", re.compile("%$")])


def test_a_picture_that_failed_is_read_by_the_button_too(instant: Page) -> None:
    choose_two_while_the_server_is_away(instant)
    instant.get_by_role("button", name="Read", exact=True).click()
    expect(instant.get_by_text("1 of 2 read, 1 could not be")).to_be_visible()
    expect_read(instant, "3")
    row = instant.locator("#pictures tbody tr").first
    expect(row.locator("td")).to_have_text(["3", re.compile("%$")])
    expect(row).to_have_class("chosen")


def test_a_slow_sample_replaces_nothing(instant: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    instant.context.route("**/samples/*", hold)
    sample = instant.locator("#samples button").first
    sample.click()
    choose(instant, png_file(number_image("42")))
    small_print(instant).to_have_text(BY_SERVER)
    held[0].continue_()
    instant.wait_for_timeout(500)
    expect_read(instant, "42")


def test_what_is_being_typed_stays(instant: Page) -> None:
    held: list[Route] = []
    hold_requests(instant, held)
    choose(instant, png_file(number_image("42")))
    right = instant.get_by_label("Not right? What it says:")
    expect(right).to_have_value("42")
    right.fill("47")
    held[0].continue_()
    instant.unroute(RECOGNIZE)
    small_print(instant).to_have_text(BY_SERVER)
    expect(right).to_have_value("47")
    choose(instant, png_file(number_image("51")))
    expect(right).to_have_value("51")


def test_the_focus_stays_on_a_digit_that_the_server_reads_too(instant: Page) -> None:
    held: list[Route] = []
    hold_requests(instant, held)
    choose(instant, png_file(number_image("427")))
    expect(boxes(instant)).to_have_count(3)
    boxes(instant).nth(2).focus()
    held[0].continue_()
    small_print(instant).to_have_text(BY_SERVER)
    expect(boxes(instant).nth(2)).to_be_focused()
    instant.keyboard.press("ArrowLeft")
    expect(boxes(instant).nth(1)).to_be_focused()


def test_a_mark_that_is_replaced_while_it_is_pressed_keeps_no_stroke_out(
    open_page: OpenPage,
) -> None:
    page = open_page(**PHONE)
    draw_by_touch(page, 7)
    expect_read(page, "7")
    box = boxes(page).bounding_box()
    assert box is not None
    finger = page.context.new_cdp_session(page)
    points = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}]
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points})
    page.evaluate("document.getElementById('marks').replaceChildren()")  # as an answer does
    aside = [{"x": 5, "y": 5}]
    finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": aside})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    before = page.evaluate("pad.toDataURL()")
    draw_by_touch(page, 2)
    assert page.evaluate("pad.toDataURL()") != before


def test_nothing_is_undone_in_the_middle_of_a_stroke(instant: Page) -> None:
    *_, last = paper_points(instant, [(0.3, 0.2), (0.3, 0.8)])
    instant.mouse.move(last[0], last[1] - 200)
    instant.mouse.down()
    instant.mouse.move(*last, steps=5)
    instant.keyboard.press("Control+z")
    instant.mouse.up()
    expect_read(instant, "1")


def test_a_touch_that_is_taken_back_is_no_stroke(instant: Page) -> None:
    box = instant.locator("#pad").bounding_box()
    assert box is not None
    instant.mouse.move(box["x"] + 50, box["y"] + 50)
    instant.mouse.down()
    instant.mouse.move(box["x"] + 50, box["y"] + 150, steps=5)
    instant.evaluate(
        "document.getElementById('pad').dispatchEvent("
        "new PointerEvent('pointercancel', { pointerId: 1, bubbles: true }))"
    )
    instant.mouse.up()
    expect(instant.locator("#hint")).to_be_visible()
    expect(instant.locator("#undo")).to_be_disabled()
    draw_42(instant)
    expect_read(instant, "42")


@pytest.mark.parametrize("apart", [0.06, 0.08, 0.12])
def test_ones_beside_each_other_are_no_outlined_one(instant: Page, apart: float) -> None:
    draw(instant, 1)
    expect_read(instant, "1")
    draw(instant, 1, left=apart)
    expect_read(instant, "11")
    draw(instant, 1, left=-apart)
    expect_read(instant, "111")


def test_digits_that_jump_up_and_down_are_one_row(instant: Page) -> None:
    rows = instant.evaluate(
        """async pages => {
          const { findRows } = await import("/separate.js");
          return pages.map(page => findRows(page.map(([left, top, right, bottom], label) => (
            { label, left, top, right, bottom, mass: 400 }
          ))).map(({ strokes }) => strokes.map(({ label }) => label)));
        }""",
        [
            [[0, 0, 20, 40], [30, 30, 50, 70], [60, 0, 80, 40]],
            [[0, 0, 20, 40], [30, 0, 50, 40], [10, 34, 40, 74]],  # under both
            [[0, 0, 20, 40], [30, 45, 50, 85]],  # not as high as each other in any part
        ],
    )
    assert rows == [[[0, 1, 2]], [[0, 1], [2]], [[0], [1]]]


@pytest.mark.parametrize("size", [(667, 375), (720, 360)])
def test_the_paper_fits_a_phone_held_sideways(open_page: OpenPage, size: tuple[int, int]) -> None:
    page = open_page(viewport={"width": size[0], "height": size[1]})
    box = page.locator(".paper").bounding_box()
    assert box is not None
    assert box["width"] == pytest.approx(box["height"], abs=1)
    assert box["height"] <= size[1]


def test_ink_is_seen_in_high_contrast(open_page: OpenPage) -> None:
    page = open_page(forced_colors="active", color_scheme="dark")
    assert page.locator(".paper").evaluate("e => getComputedStyle(e).backgroundColor") not in (
        "rgb(0, 0, 0)", "rgba(0, 0, 0, 0)"
    )  # fmt: skip


# Answers


def test_the_answer_can_be_taken_away(instant: Page) -> None:
    instant.context.grant_permissions(["clipboard-read", "clipboard-write"])
    choose(instant, {**picture_file(5), "name": "it's 5.png"})
    small_print(instant).to_have_text(BY_SERVER)
    instant.get_by_role("button", name="Copy text").click()
    expect(instant.locator("#done")).to_have_text("Copied.")
    assert instant.evaluate("navigator.clipboard.readText()") == "5"
    instant.get_by_role("button", name="Copy curl command").click()
    address = instant.url + "api/recognize"
    expect_copied = (
        "curl --data-binary '@it'\\''s 5.png' -H 'Content-Type: image/png' '" + address + "'"
    )
    instant.wait_for_timeout(200)
    assert instant.evaluate("navigator.clipboard.readText()") == expect_copied
    with instant.expect_download() as downloaded:
        instant.get_by_role("button", name="Save picture").click()
    assert Path(downloaded.value.path()).read_bytes() == encoded(digit_image(5))


def test_what_else_it_could_be(instant: Page) -> None:
    def doubt(route: Route) -> None:
        reading = route.fetch().json()
        reading["confidence"] = 0.7
        reading["digits"][1].update(confidence=0.7, probabilities=[0.7, 0, 0.2] + [0] * 7)
        reading["digits"][1]["digit"] = 0
        reading["text"] = "40"
        route.fulfill(json=reading)

    instant.route(RECOGNIZE, doubt)
    choose(instant, png_file(number_image("42")))
    expect(answer(instant)).to_contain_text("It could also be 42 (20.0%)")


def test_corrections_are_kept_and_leave_only_by_a_click(instant: Page) -> None:
    choose(instant, png_file(number_image("42")))
    small_print(instant).to_have_text(BY_SERVER)
    right = instant.get_by_label("Not right? What it says:")
    expect(right).to_have_value("42")
    requests: list[str] = []
    instant.on("request", lambda request: requests.append(request.method))
    right.fill("not digits")
    right.press("Enter")
    expect(instant.locator("#kept")).to_be_hidden()
    right.fill("47")
    right.press("Enter")
    expect(instant.get_by_text("One correction is kept in this browser")).to_be_visible()
    assert "POST" not in requests

    instant.reload()  # it outlasts the visit
    with instant.expect_download() as downloaded:
        instant.get_by_role("button", name="Download them as a zip").click()
    archive = zipfile.ZipFile(Path(downloaded.value.path()))
    assert archive.testzip() is None
    assert sorted(archive.namelist()) == [
        "digits/4/0001-1.png", "digits/7/0001-2.png", "labels.csv", "pictures/0001.png",
    ]  # fmt: skip
    assert archive.read("pictures/0001.png") == encoded(number_image("42"))
    table = list(csv.reader(io.StringIO(archive.read("labels.csv").decode("utf-8-sig"))))
    assert table[1][:3] == ["pictures/0001.png", "47", "42"]
    assert archive.read("digits/4/0001-1.png")[:8] == b"\x89PNG\r\n\x1a\n"
    instant.once("dialog", lambda dialog: dialog.dismiss())
    instant.get_by_role("button", name="Delete them").click()
    expect(instant.locator("#kept")).to_be_visible()
    instant.once("dialog", lambda dialog: dialog.accept())
    instant.get_by_role("button", name="Delete them").click()
    expect(instant.locator("#kept")).to_be_hidden()


def test_a_correction_that_the_disk_does_not_take_is_not_said_to_be_kept(instant: Page) -> None:
    instant.evaluate(
        """() => {
          const { put } = IDBObjectStore.prototype;
          IDBObjectStore.prototype.put = function (...what) {
            const asked = put.apply(this, what);
            asked.addEventListener("success", () => this.transaction.abort());
            return asked;
          };
        }"""
    )
    choose(instant, png_file(number_image("42")))
    expect_read(instant, "42")
    instant.get_by_role("button", name="Keep correction").click()
    expect(instant.locator("#done")).to_have_text(
        "This browser does not let the page keep anything."
    )


def test_a_reading_is_put_right_once(instant: Page) -> None:
    choose(instant, png_file(number_image("42")))
    small_print(instant).to_have_text(BY_SERVER)
    right = instant.get_by_label("Not right? What it says:")
    for label in ("47", ""):  # nothing is a label as well: that no number is there
        right.fill(label)
        right.press("Enter")
        expect(instant.locator("#done")).to_have_text("Kept in this browser. Thank you.")
        right.fill("not yet")
        instant.locator("#done").evaluate("element => (element.textContent = '')")
    expect(instant.get_by_text("One correction is kept in this browser")).to_be_visible()
    with instant.expect_download() as downloaded:
        instant.get_by_role("button", name="Download them as a zip").click()
    archive = zipfile.ZipFile(Path(downloaded.value.path()))
    table = list(csv.reader(io.StringIO(archive.read("labels.csv").decode("utf-8-sig"))))
    assert [row[:3] for row in table[1:]] == [["pictures/0001.png", "", "42"]]


def keep_a_correction(page: Page) -> None:
    choose(page, png_file(number_image("42")))
    expect(page.get_by_label("Not right? What it says:")).to_have_value("42")
    page.get_by_role("button", name="Keep correction").click()
    expect(page.locator("#kept")).to_be_visible()


def test_corrections_without_a_network(instant: Page) -> None:
    keep_a_correction(instant)
    instant.context.set_offline(True)
    with instant.expect_download():
        instant.get_by_role("button", name="Download them as a zip").click()


def test_corrections_without_what_makes_zips(page: Page) -> None:
    keep_a_correction(page)
    page.get_by_role("button", name="Download them as a zip").click()
    expect(page.get_by_text("The zip could not be made")).to_be_visible()


# For everyone


def violations(page: Page) -> list[tuple[str, list[str]]]:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make test-deps")
    page.evaluate(AXE.read_text() + ";0")
    found = page.evaluate("axe.run()")["violations"]
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280, 1920])
def test_axe_finds_nothing(open_page: OpenPage, screenshots: Path, scheme: str, width: int) -> None:
    page = open_page(
        instant=True,
        color_scheme=scheme,
        reduced_motion="reduce",
        viewport={"width": width, "height": 1000},
    )
    name = f"{width}-{scheme}"
    assert violations(page) == []
    page.screenshot(path=screenshots / f"start-{name}.png", full_page=True)
    draw_42(page)
    expect_read(page, "42")
    page.get_by_role("button", name="Keep correction").click()
    page.get_by_role("button", name="Download them as a zip").wait_for()
    assert violations(page) == []
    page.screenshot(path=screenshots / f"drawn-{name}.png", full_page=True)
    page.locator("#samples button").nth(2).click()
    small_print(page).to_have_text(BY_SERVER)
    page.screenshot(path=screenshots / f"photo-{name}.png", full_page=True)
    words: FilePayload = {"name": "words.png", "mimeType": "image/png", "buffer": b"words"}
    page.get_by_label("Choose pictures").set_input_files([picture_file(3), words])
    expect(page.get_by_text("1 of 2 read, 1 could not be")).to_be_visible()
    page.get_by_role("button", name="words.png").click()
    expect(page.locator("#reading")).to_have_attribute("data-state", "problem")
    assert violations(page) == []
    page.screenshot(path=screenshots / f"problem-{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [320, 3840])
def test_right_to_left_and_very_wide(open_page: OpenPage, screenshots: Path, width: int) -> None:
    page = open_page(instant=True, viewport={"width": width, "height": 1200})
    page.evaluate("document.documentElement.dir = 'rtl'")
    draw_42(page)
    expect_read(page, "42")
    four, two = (boxes(page).nth(index).bounding_box() for index in range(2))
    assert four
    assert two
    assert four["x"] < two["x"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=screenshots / f"rtl-{width}.png", full_page=True)


def test_what_is_loaded_first_is_small(server: str) -> None:
    """All of the page but the runtime and the model, as compressed for the network."""
    import gzip

    site = ROOT / "static_site"
    parts = [path for path in site.rglob("*") if path.is_file() and "vendor" not in path.parts]
    assert sum(len(gzip.compress(path.read_bytes())) for path in parts) < 60_000


def test_the_policy_allows_nothing_inline(instant: Page) -> None:
    policy = instant.locator("meta[http-equiv]").get_attribute("content") or ""
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    assert "require-trusted-types-for 'script'" in policy
    html = (ROOT / "static_site" / "index.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)
    draw(instant, 7)
    expect_read(instant, "7")
    assert instant.context.cookies() == []
    assert json.loads(instant.evaluate("JSON.stringify(localStorage)")) == {}
