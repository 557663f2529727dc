"""How many pictures a second the watcher reads, and its memory: `python -m bench.batch`.

Against Azurite, with 1, 2 and 4 workers (processes of 4 threads each), beside the limit: download
and upload alone of the same blobs by the SDK, with as many processes and threads.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "infra" / "vm"))

from server.watch import Containers, watch  # noqa: E402 - the server is no package of ours
from shared import blobs, model  # noqa: E402
from tests.azurite.conftest import Azurite  # noqa: E402
from tests.drawing import digit_image, encoded, number_image  # noqa: E402

WORKERS: Final = (1, 2, 4)
THREADS: Final = 4
PLOT: Final = ROOT / "bench" / "batch.png"
PICTURES: Final[dict[str, list[bytes]]] = {
    "digits of 28 x 28": [encoded(digit_image(i, size=(28, 28))) for i in range(10)],
    "fields of 4 digits": [
        encoded(number_image(f"{1234 + 517 * i}", height=40)) for i in range(10)
    ],
}


def main(arguments: list[str] | None = None) -> str:
    """Measure, save the plot, and return the figures as a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m bench.batch", description=__doc__)
    parser.add_argument("--count", type=int, default=600, help="pictures for the throughput")
    parser.add_argument("--memory", type=int, default=10_000, help="pictures for the memory; 0: no")
    options = parser.parse_args(arguments)
    return measured(options.count, options.memory)


def measure(*, quick: bool) -> str:
    """The section of the results."""
    few = 100 if quick else 600
    return f"## Batches\n\n{measured(few, 0 if quick else 10_000)}\n\n![](batch.png)\n"


def measured(count: int, many: int) -> str:
    """Throughput of `count` pictures and memory over `many`, as Markdown; saves the plot."""
    program = ROOT / ".tools" / "node_modules" / ".bin" / "azurite"
    with tempfile.TemporaryDirectory() as folder, Azurite(str(program), Path(folder)) as azurite:
        storage = azurite.connection
        rates = {
            kind: {n: _rates(storage, files, count, n) for n in WORKERS}
            for kind, files in PICTURES.items()
        }
        memory = _memory(storage, many) if many else []
    _plot(rates, memory)
    return _table(rates, memory)


def _rates(storage: str, files: list[bytes], count: int, workers: int) -> tuple[float, float]:
    """Pictures a second: of the watcher, and of the transfers alone."""
    return tuple(_rate(storage, files, count, workers, work) for work in (_watch, _transfer))  # type: ignore[return-value]


def _rate(
    storage: str, files: list[bytes], count: int, workers: int, work: Callable[..., None]
) -> float:
    _fill(storage, files, count)
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(workers + 1)
    processes = [
        context.Process(target=work, args=(storage, barrier, number, workers))
        for number in range(workers)
    ]
    for process in processes:
        process.start()
    barrier.wait()
    started = time.perf_counter()
    for process in processes:
        process.join()
    return count / (time.perf_counter() - started)


def _fill(storage: str, files: list[bytes], count: int) -> None:
    """Nothing but `count` pictures in the account."""
    account = blobs.connect(storage)
    for container in account.service.list_containers():
        account.service.delete_container(container.name)
    account.create()
    with ThreadPoolExecutor(8) as pool:
        done = [
            pool.submit(account.uploads.upload_blob, f"{i:05}.png", files[i % len(files)])
            for i in range(count)
        ]
    for future in done:
        future.result()


def _watch(storage: str, barrier: Any, number: int, workers: int) -> None:
    account = blobs.connect(storage)
    model.load()
    barrier.wait()
    watch(Containers(account), threading.Event(), interval=0.1, once=True, threads=THREADS)


def _transfer(storage: str, barrier: Any, number: int, workers: int) -> None:
    account = blobs.connect(storage)
    answer = bytes(900)  # as large as the answer for a digit
    barrier.wait()

    def one(name: str) -> None:
        account.uploads.download_blob(name).readall()
        account.results.upload_blob(f"{name}.json", answer, overwrite=True)

    names = [blob.name for blob in account.uploads.list_blobs()][number::workers]
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(one, names):
            pass


def _memory(storage: str, count: int) -> list[tuple[float, float]]:
    """Seconds since its start and resident MB of a watcher that reads so many pictures."""
    _fill(storage, PICTURES["digits of 28 x 28"], count)
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, ROOT / "infra/vm/manage.py", "watch_blobs", "--once"],
        env={**os.environ, "AzureWebJobsStorage": storage},
        stderr=subprocess.DEVNULL,
    )
    started, seen = time.perf_counter(), []
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        resident = next((line for line in status.splitlines() if line.startswith("VmRSS")), "")
        if resident:
            seen.append((time.perf_counter() - started, int(resident.split()[1]) / 1024))
        time.sleep(1)
    if process.returncode:
        raise RuntimeError("the watcher failed")
    return seen


def _table(rates: dict[str, dict[int, tuple[float, float]]], memory: list[Any]) -> str:
    lines = ["| pictures | workers | watcher | transfers alone | of that |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    for kind, measured in rates.items():
        for workers, (ours, limit) in measured.items():
            lines.append(
                f"| {kind} | {workers} | {ours:.0f}/s | {limit:.0f}/s | {ours / limit:.0%} |"
            )
    if memory:
        early, late, most = memory[len(memory) // 5][1], memory[-2][1], max(m for _, m in memory)
        lines.append(
            f"\nMemory of a watcher: {early:.0f} MB after a fifth of the pictures, "
            f"{late:.0f} MB at the end, {most:.0f} MB at most; {memory[-1][0]:.0f} s."
        )
    return "\n".join(lines)


def _plot(rates: dict[str, dict[int, tuple[float, float]]], memory: list[Any]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for colour, (kind, measured) in zip(("#1f47a8", "#94560a"), rates.items(), strict=True):
        left.plot(WORKERS, [measured[n][0] for n in WORKERS], "o-", color=colour, label=kind)
        title = f"{kind}, transfers alone"
        left.plot(WORKERS, [measured[n][1] for n in WORKERS], "o:", color=colour, label=title)
    left.set(xlabel="workers", ylabel="pictures a second", ylim=(0, None), xticks=WORKERS)
    left.legend()
    if memory:
        right.plot([t for t, _ in memory], [m for _, m in memory], color="#1f47a8")
    right.set(xlabel="seconds", ylabel="resident memory, MB", ylim=(0, None))
    figure.savefig(PLOT, dpi=120)


if __name__ == "__main__":
    print(main())
