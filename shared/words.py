"""Figures in words, as the page's words.js has them."""


def percent(probability: float) -> str:
    """Say a probability; never 0 nor 100%, for rounding should claim no certainty."""
    if probability < 0.0005:
        return "under 0.1%"
    if probability >= 0.9995:
        return "over 99.9%"
    return f"{probability:.1%}"
