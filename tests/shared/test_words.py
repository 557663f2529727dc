import pytest

from shared.words import percent


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0.0, "under 0.1%"), (0.0007, "0.1%"), (0.9834, "98.3%"), (1.0, "over 99.9%")],
)
def test_probability_in_words(probability: float, words: str) -> None:
    assert percent(probability) == words
