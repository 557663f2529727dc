"""Fetches what the page takes from others into `static_site/vendor/`: `make vendor`.

The packages stand in `static_site/vendor.json`, with the hashes of the archives on the npm
registry and of the files taken from them; the page checks the latter again when it loads them.
Needs the package from PyPI that a licence is taken from. The registry is that of
`NPM_CONFIG_REGISTRY`, if set.
"""

import base64
import gzip
import hashlib
import io
import json
import os
import shutil
import sys
import tarfile
import urllib.request
from importlib.metadata import files
from pathlib import Path
from typing import Any, Final

SITE: Final = Path(__file__).resolve().parent.parent / "static_site"
REGISTRY: Final = "https://registry.npmjs.org"
TIMEOUT: Final = 60  # seconds without a byte


class DamagedError(ValueError):
    """What came is not what the lock says."""


def fetch(lock: dict[str, Any], folder: Path, *, registry: str) -> None:
    """Put the locked files into `folder`, each package's below `<name>-<version>`.

    Raises:
        OSError: the registry cannot be reached, or has no such package.
        DamagedError: a hash differs; nothing of that package is written.
    """
    for name, package in lock.items():
        target = folder / f"{name}-{package['version']}"
        if target.exists():
            continue
        address = f"{registry.rstrip('/')}/{name}/-/{name}-{package['version']}.tgz"
        print(f"fetching {name} {package['version']} ...", file=sys.stderr)
        with urllib.request.urlopen(address, timeout=TIMEOUT) as answer:  # noqa: S310
            archive = answer.read()
        verify(archive, package["integrity"], address)
        partial = target.with_name(f".{target.name}.part")
        shutil.rmtree(partial, ignore_errors=True)
        _unpack(archive, package, partial)
        partial.rename(target)


def _unpack(archive: bytes, package: dict[str, Any], target: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for path, integrity in package["files"].items():
            member = tar.extractfile(f"package/{path}")
            content = member.read() if member else b""
            verify(content, integrity, path)
            file = target / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            # WhiteNoise gives this one to browsers that take it.
            file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(content, mtime=0))
    # Where the archive lacks its licence, the package on PyPI made from the same source has it.
    for found in files(package["licence_of"]) or () if "licence_of" in package else ():
        if found.name in ("LICENSE", "ThirdPartyNotices.txt"):
            shutil.copyfile(str(found.locate()), target / found.name)


def verify(content: bytes, integrity: str, what: str) -> None:
    """Compare with a hash as npm and browsers write it: `sha512-<base64>`.

    Raises:
        DamagedError: they differ.
    """
    kind, _, expected = integrity.partition("-")
    if base64.b64encode(hashlib.new(kind, content).digest()).decode() != expected:
        raise DamagedError(f"{what} is not what static_site/vendor.json says it is")


if __name__ == "__main__":
    try:
        fetch(
            json.loads((SITE / "vendor.json").read_text()),
            SITE / "vendor",
            registry=os.environ.get("NPM_CONFIG_REGISTRY") or REGISTRY,
        )
    except (OSError, ImportError, KeyError, DamagedError) as error:
        sys.exit(f"The page's libraries could not be fetched: {error}")
