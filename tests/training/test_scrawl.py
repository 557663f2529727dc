import numpy as np
import pytest

from training import lines, scrawl
from training.handwriting import written
from training.scrawl import ABOVE, BELOW, LIKE_DIGITS, STYLES, USUAL_WORDS, scrawled, wording

WORDS = 200


def test_same_seed_same_word() -> None:
    one, again, other = (scrawled(40, 4, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_words_are_ink_that_nothing_cuts_off() -> None:
    random = np.random.default_rng(2)
    for _ in range(WORDS):
        ink = scrawled(40, 4, random)
        assert ink.dtype == np.float32
        assert len(ink) == round((1 + ABOVE + BELOW) * 40)
        assert 0.5 < ink.max() <= 1
        assert not ink[[0, -1]].any()
        assert ink.max(axis=0)[[0, -1]].min() > 0


def test_small_letters_are_low_and_tails_long(monkeypatch: pytest.MonkeyPatch) -> None:
    tops, bottoms = {}, {}
    for word in ("HK", "mn", "pg"):
        monkeypatch.setattr(scrawl, "wording", lambda random, word=word: word)
        lines_ = [
            np.flatnonzero(scrawled(40, 3, np.random.default_rng(seed)).max(axis=1) > 0.5)
            for seed in range(20)
        ]
        tops[word] = np.mean([inked[0] for inked in lines_])
        bottoms[word] = np.mean([inked[-1] for inked in lines_])
    assert tops["HK"] < tops["mn"] - 10
    assert bottoms["mn"] == pytest.approx(bottoms["HK"], abs=2)
    assert bottoms["pg"] > bottoms["mn"] + 10


def test_a_thicker_pen_leaves_more_ink() -> None:
    thin, thick = (
        np.mean([scrawled(40, pen, np.random.default_rng(seed)).sum() for seed in range(30)])
        for pen in (2, 4)
    )
    assert 1.5 < thick / thin < 2.2


def test_every_word_has_letters_that_are_no_digits() -> None:
    """Otherwise nobody could tell "SO" from "50"."""
    random = np.random.default_rng(3)
    words = {wording(random) for _ in range(5 * WORDS)}
    assert len(words) > WORDS
    for word in words:
        assert sum(letter in LIKE_DIGITS for letter in word) <= len(word) / 2


def test_every_letter_is_drawn_in_strokes_of_two_points_or_more() -> None:
    usual = {letter for word in USUAL_WORDS for letter in word + word.upper()}
    assert usual <= set(STYLES)
    assert set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") <= set(STYLES)
    assert min(len(stroke) for ways in STYLES.values() for way in ways for stroke in way) >= 2


def test_words_stand_beside_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures, _ = written(3, (4,))
    widths = []
    for share in (0.0, 1.0):
        monkeypatch.setattr(lines, "PRINTED", 0.0)
        monkeypatch.setattr(lines, "SIGNED", 0.0)
        monkeypatch.setattr(lines, "SCRAWLED", share)
        made = [lines.line(pictures, np.random.default_rng(seed)) for seed in range(60)]
        widths.append(np.mean([row.shape[1] for row in made]))
    assert widths[1] > 1.3 * widths[0]
