import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="needs matplotlib: make test-deps")
pytest.importorskip("sklearn", reason="needs scikit-learn: make test-deps")

from matplotlib.cbook import get_sample_data
from PIL import Image, ImageDraw
from sklearn.datasets import load_sample_images

from shared.model import Model
from shared.recognize import recognize
from tests.drawing import encoded
from training import strangers as module
from training.strangers import FONTS, KINDS, LETTERS, TWINS, letter, scribble, strangers


def test_same_seed_same_strangers() -> None:
    one, again, other = (list(strangers(5, seed=seed)) for seed in (1, 1, 2))
    assert all((a == b).all() for (a, _), (b, _) in zip(one, again, strict=True))
    assert sum((a != b).any() for (a, _), (b, _) in zip(one, other, strict=True)) > 15


def test_as_many_of_each_kind() -> None:
    made = list(strangers(5, seed=1))
    assert [kind for _, kind in made] == ["letter", "scribble", "texture", "blank"] * 5
    for picture, _ in made:
        assert picture.shape == (28, 28)
        assert picture.dtype == np.uint8


def test_letters_are_no_digits_twins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not set("OoDQIlijZzSsGbBgq") & set(LETTERS)
    assert set(TWINS) < set("0123456789")
    drawn = []
    draw = ImageDraw.ImageDraw.text

    def spy(
        self: ImageDraw.ImageDraw, place: tuple[int, int], text: str, **options: object
    ) -> None:
        drawn.append(text)
        draw(self, place, text, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", spy)
    random = np.random.default_rng(1)
    for _ in range(400):
        letter(random)
    assert set(drawn) == set(LETTERS)


@pytest.mark.parametrize("font", FONTS)
def test_letters_of_every_font(font: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FONTS", (font,))
    random = np.random.default_rng(1)
    pictures = [letter(random) for _ in range(20)]
    for picture in pictures:
        ys, xs = np.nonzero(picture > 100)
        assert 17 <= max(np.ptp(ys), np.ptp(xs)) + 1 <= 21
        assert picture[:3].max() == picture[:, :3].max() == 0
    assert len({picture.tobytes() for picture in pictures}) > 15


def test_scribbles_cross_themselves() -> None:
    """As strokes that cross leave holes; no digit has more than two."""
    import cv2

    random = np.random.default_rng(1)
    holes = []
    for _ in range(100):
        ink = (scribble(random) > 100).astype(np.uint8)
        assert 0.03 < ink.mean() < 0.4
        holes.append(cv2.connectedComponents(1 - ink, connectivity=4)[0] - 2)
    assert np.median(holes) > 2


def test_blank_pages_have_no_ink() -> None:
    from shared.ink import find_ink

    random = np.random.default_rng(1)
    found = [list(find_ink(KINDS["blank"](random))) for _ in range(100)]
    assert sum(not inks for inks in found) > 95


def test_textures_fill_the_picture() -> None:
    random = np.random.default_rng(1)
    pictures = [KINDS["texture"](random).astype(float) for _ in range(100)]
    spread = [min(half.std() for half in np.split(picture, 2)) for picture in pictures]
    assert np.median(spread) > 10


def test_photographs_of_other_things_are_hardly_ever_read_with_certainty(model: Model) -> None:
    with Image.open(get_sample_data("grace_hopper.jpg", asfileobj=False)) as portrait:
        photographs = [*map(Image.fromarray, load_sample_images().images), portrait.copy()]
    random = np.random.default_rng(1)
    read = []
    for photograph in 10 * photographs:
        width, height = (int(random.integers(100, side + 1)) for side in photograph.size)
        x = int(random.integers(photograph.width - width + 1))
        y = int(random.integers(photograph.height - height + 1))
        part = photograph.crop((x, y, x + width, y + height))
        read.append(recognize(encoded(part), model).confidence)
    assert np.mean(np.array(read) >= 0.95) < 0.2
