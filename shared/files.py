"""The pictures of a folder, and their names in a table."""

from pathlib import Path
from typing import Final

SUFFIXES: Final = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff"}
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # so begins what a spreadsheet computes


def pictures_in(folder: Path) -> list[Path]:
    """All pictures below a folder, going by their names, in order."""
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())


def plain(name: str) -> str:
    """A file's name for a table, where one that begins like a formula would be taken for one."""
    return f"'{name}" if name.startswith(FORMULA) else name
