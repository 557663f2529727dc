"""The container, run as its own image says, with what an engine would give and take away."""

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from tests.conftest import ROOT, free_port

FOLDER = ROOT / "build" / "container"
IMAGE = "localhost/cnndemo"
START_SECONDS = 60

# What an engine does for `--read-only --tmpfs /tmp --cap-drop all --security-opt
# no-new-privileges`: $1 is the root, $2 the user, $3 a folder that becomes /data.
INSIDE = """
set -e
root=$1 user=$2 data=$3; shift 3
mount --make-rprivate /
mount --bind "$root" "$root"
mount --options remount,bind,ro "$root"
mount --bind "$data" "$root/data"
for folder in tmp dev; do mount -t tmpfs tmpfs "$root/$folder"; done
for device in null zero random urandom; do
    touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir --mode 1777 "$root/dev/shm"
mount -t proc proc "$root/proc"
exec chroot "$root" setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups \
    --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
"""


@dataclass(frozen=True)
class Container:
    """A running one: its first process, as seen from outside, and where it answers."""

    pid: int
    process: subprocess.Popen[bytes]
    address: str
    log: Path

    def wait(self) -> None:
        """Until its own health check passes."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.address}/api/health", timeout=5):
                    return
            except (URLError, OSError):
                time.sleep(0.1)
        pytest.fail(f"The container did not start:\n{self.log.read_text()}")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as `docker exec` does, as the container's user."""
        environ = Path(f"/proc/{self.pid}/environ").read_text().split("\0")
        user = str(config()["User"])
        enter = ["nsenter", f"--target={self.pid}", "--mount", "--pid", "--root", "--wd=/"]
        drop = ["setpriv", "--reuid", user.split(":", maxsplit=1)[0], "--regid", user.split(":")[1]]
        return subprocess.run(
            [*enter, *drop, "--clear-groups", "env", "--chdir=/app", *command],
            env=dict(line.split("=", 1) for line in environ if line),
            capture_output=True,
            text=True,
            check=False,
        )


def buildah(*arguments: str) -> str:
    """Call buildah on the storage that `build.sh` fills."""
    storage = ["--root", str(FOLDER / "storage"), "--runroot", str(FOLDER / "run")]
    environment = {"STORAGE_DRIVER": "overlay", **os.environ}
    command = ["buildah", *storage, *arguments]
    return subprocess.run(
        command, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


def config() -> dict[str, Any]:
    """What the image says of how it is run."""
    found: dict[str, Any] = json.loads(buildah("inspect", "--type", "image", IMAGE))
    docker: dict[str, Any] = found["Docker"]["config"]
    return docker


@pytest.fixture(scope="session")
def root() -> Iterator[Path]:
    """The image's root file system, mounted."""
    if shutil.which("buildah") is None or not (FOLDER / "storage").exists():
        pytest.skip("needs the built container: make container (as root)")
    name = buildah("from", "--pull-never", IMAGE)
    try:
        yield Path(buildah("mount", name))
    finally:
        buildah("rm", name)


StartContainer = Callable[..., Container]


@pytest.fixture
def start(root: Path, tmp_path: Path) -> Iterator[StartContainer]:
    """Starts containers: the image's command, or another one."""
    running: list[subprocess.Popen[bytes]] = []

    def run(*command: str, **environment: str) -> Container:
        image = config()
        port = free_port()
        variables = [*image["Env"], "HOST=127.0.0.1", f"PORT={port}", "WEB_CONCURRENCY=1"]
        variables += [f"{name}={value}" for name, value in environment.items()]
        data = tmp_path / "data"
        data.mkdir(exist_ok=True)
        shutil.chown(data, *map(int, image["User"].split(":")))
        (data / "key").write_text("correct-horse-battery-staple-0123456789-abcdefghijklmnop")
        log = tmp_path / "log.txt"
        inside = ["sh", "-c", INSIDE, "sh", str(root), image["User"], str(data)]
        program = ["env", "-i", f"--chdir={image['WorkingDir']}", *variables]
        with log.open("w") as output:
            process = subprocess.Popen(
                [
                    *("unshare", "--mount", "--pid", "--ipc", "--uts", "--fork"),
                    *(*inside, *program, *(command or image["Cmd"])),
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running.append(process)
        return Container(_child(process), process, f"http://127.0.0.1:{port}", log)

    yield run
    for process in running:
        # The group has the first process inside, too, with which all there ends. `--kill-child`
        # does not reach it: the kernel forgets that signal where a process takes another user.
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


def _child(process: subprocess.Popen[bytes]) -> int:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = children.read_text().split()
        if found:
            return int(found[0])
        time.sleep(0.02)
    pytest.fail("The container did not start")
