import contextlib
import functools
import gzip
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import run_module
from training import data
from training.outputs import Unusable


def test_from_a_folder(mnist_dir: Path) -> None:
    pictures, labels = data.mnist("test", mnist_dir)
    assert pictures.shape == (10_000, 28, 28)
    assert labels[:5].tolist() == [7, 2, 1, 0, 4]


def test_unpacked_files(mnist_dir: Path, tmp_path: Path) -> None:
    for name in ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
        (tmp_path / name).write_bytes(gzip.decompress((mnist_dir / f"{name}.gz").read_bytes()))
    assert data.mnist("test", tmp_path)[0].shape == (10_000, 28, 28)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="train-images"):
        data.mnist("train", tmp_path)


def test_none_of_those_held_out_is_learned(mnist_dir: Path) -> None:
    (pictures, labels), (others, other_labels) = data.learned_and_held_out(mnist_dir)
    assert len(pictures) == len(labels) == 55_000
    assert len(others) == len(other_labels) == 5_000
    learned = {picture.tobytes() for picture in pictures}
    assert not any(picture.tobytes() in learned for picture in others)


@pytest.mark.parametrize(
    "content", [b"words", gzip.compress(bytes(999))[:-6]], ids=["words", "cut gzip"]
)
def test_damaged_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(Unusable, match=r"ubyte\.gz is damaged"):
        data.mnist("test", tmp_path)


def test_altered_file(tmp_path: Path) -> None:
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"other"))
    with pytest.raises(ValueError, match="not the original"):
        data.mnist("test", tmp_path)


@pytest.fixture
def mirror(mnist_dir: Path) -> Iterator[str]:
    """A web server with the MNIST files."""
    with serving(mnist_dir) as address:
        yield address


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_download_into_the_cache(
    mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MNIST_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    # The first mirror is down; the second has the files.
    monkeypatch.setattr(data, "MIRRORS", ("http://127.0.0.1:9/", mirror))
    assert data.mnist("test")[0].shape == (10_000, 28, 28)
    # Now nothing is fetched any more.
    monkeypatch.setattr(data, "MIRRORS", ("http://127.0.0.1:9/",))
    assert data.mnist("test")[1].shape == (10_000,)


@pytest.mark.parametrize(
    "sent",
    [b"<html>Sign in first.</html>", gzip.compress(b"other"), gzip.compress(b"more")[:-6]],
    ids=["a page", "another file", "cut off"],
)
def test_mirror_that_sends_something_else(
    sent: bytes, mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    for part in ("images-idx3", "labels-idx1"):
        (tmp_path / "other" / f"t10k-{part}-ubyte.gz").write_bytes(sent)
    monkeypatch.delenv("MNIST_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with serving(tmp_path / "other") as other:
        monkeypatch.setattr(data, "MIRRORS", (other,))
        with pytest.raises(ConnectionError, match="set MNIST_DIR"):
            data.mnist("test")
        monkeypatch.setattr(data, "MIRRORS", (other, mirror))
        assert data.mnist("test")[0].shape == (10_000, 28, 28)


def test_no_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MNIST_DIR", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    tried = run_module("training", "numbers", "--count", "1")
    assert tried.returncode == 1
    assert "set MNIST_DIR" in tried.stderr
    assert "Traceback" not in tried.stderr
