import base64
import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from infra import vendor


def integrity(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """A folder laid out as a registry, with one package of one file."""
    folder = tmp_path / "registry" / "some" / "-"
    folder.mkdir(parents=True)
    with tarfile.open(folder / "some-1.2.tgz", "w:gz") as tar:
        member = tarfile.TarInfo("package/a/b.js")
        member.size = 4
        tar.addfile(member, io.BytesIO(b"code"))
    return tmp_path / "registry"


def lock(registry: Path, **changed: Any) -> dict[str, Any]:
    archive = (registry / "some" / "-" / "some-1.2.tgz").read_bytes()
    package = {
        "version": "1.2",
        "integrity": integrity(archive),
        "licence_of": "onnxruntime",
        "files": {"a/b.js": integrity(b"code")},
    }
    return {"some": {**package, **changed}}


def test_files_come_with_their_licence(registry: Path, tmp_path: Path) -> None:
    vendor.fetch(lock(registry), tmp_path, registry=registry.as_uri())
    assert (tmp_path / "some-1.2/a/b.js").read_bytes() == b"code"
    assert "MIT" in (tmp_path / "some-1.2/LICENSE").read_text()
    (registry / "some/-/some-1.2.tgz").unlink()
    vendor.fetch({"some": {"version": "1.2"}}, tmp_path, registry="")  # it is there already


@pytest.mark.parametrize(
    "changed", [{"integrity": integrity(b"")}, {"files": {"a/b.js": integrity(b"other")}}]
)
def test_what_differs_is_refused(registry: Path, tmp_path: Path, changed: dict[str, Any]) -> None:
    with pytest.raises(vendor.DamagedError):
        vendor.fetch(lock(registry, **changed), tmp_path, registry=registry.as_uri())
    assert not (tmp_path / "some-1.2").exists()
