"""How many pictures a second the watcher reads, and its memory: `python -m bench.batch`.

Against Azurite, with 1, 2 and 4 workers beside the limit: download and upload alone of the same
blobs and answers by the SDK as it comes, in turns. A worker is a process of 4 threads, here as
there.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "infra" / "vm"))

from azure.storage.blob import BlobServiceClient  # noqa: E402

from server.containers import Containers  # noqa: E402 - the server is no package of ours
from server.store import Item  # noqa: E402
from server.watch import watch  # noqa: E402
from shared import batch, blobs, http, model  # noqa: E402
from tests.azurite.conftest import Azurite  # noqa: E402
from tests.drawing import digit_image, encoded, number_image  # noqa: E402

WORKERS: Final = (1, 2, 4)
THREADS: Final = 4
ROUNDS: Final = 2  # turns of each
TIMEOUT: Final = 600  # seconds for a turn
STEP: Final = 50  # pictures between two looks at the memory
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
    parser.add_argument("--count", type=int, default=2000, help="pictures for the throughput")
    parser.add_argument("--memory", type=int, default=10_000, help="pictures for the memory; 0: no")
    options = parser.parse_args(arguments)
    return measured(options.count, options.memory)


def measure(*, quick: bool) -> str:
    """The section of the results."""
    few = 100 if quick else 2000  # to lease and list the parts takes 128 requests, however many
    return f"## Batches\n\n{measured(few, 0 if quick else 10_000)}\n\n![](batch.png)\n"


def measured(count: int, many: int) -> str:
    """Throughput of `count` pictures and memory over `many`, as Markdown; saves the plot."""
    program = ROOT / ".tools" / "node_modules" / ".bin" / "azurite"
    with tempfile.TemporaryDirectory() as folder, Azurite(str(program), Path(folder)) as azurite:
        storage = azurite.connection
        # Node.js is slow with what is new to it.
        _rates(storage, PICTURES["fields of 4 digits"], count // 4, 1)
        rates = {
            kind: {n: _rates(storage, files, count, n) for n in WORKERS}
            for kind, files in PICTURES.items()
        }
        memory = _memory(storage, many) if many else []
    _plot(rates, memory)
    return _table(rates, memory)


def _rates(storage: str, files: list[bytes], count: int, workers: int) -> tuple[float, float]:
    """Pictures a second: of the watcher, and of the transfers alone, in turns."""
    account = blobs.connect(storage)
    _fill(account, files, count)
    context = multiprocessing.get_context("spawn")
    barrier, last = context.Barrier(workers + 1), context.Array("d", workers)
    processes = [
        context.Process(target=_worker, args=(storage, barrier, last, number), daemon=False)
        for number in range(workers)
    ]
    for process in processes:
        process.start()
    seconds = [0.0, 0.0]
    for turn in range(2 * ROUNDS):
        account.results.delete_container()
        account.create()
        barrier.wait(TIMEOUT)
        started = time.monotonic()
        barrier.wait(TIMEOUT)
        seconds[turn % 2] += max(last[:]) - started
        there = sum(1 for _ in account.results.list_blob_names())
        if there != count:
            raise RuntimeError(f"{there} answers to {count} pictures")
    for process in processes:
        process.join()
    ours, limit = (ROUNDS * count / time for time in seconds)
    print(f"{workers} workers: {ours:.1f}/s of {limit:.1f}/s", file=sys.stderr, flush=True)
    return ours, limit


def _fill(account: blobs.Account, files: list[bytes], count: int) -> None:
    """Nothing but `count` pictures in the account."""
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


def _worker(storage: str, barrier: Any, last: Any, number: int) -> None:
    """In turns a watcher and transfers alone; notes when the last answer was written."""

    class Timed(Containers):
        def answer(self, item: Item) -> None:
            super().answer(item)
            last[number] = time.monotonic()

    model.load()
    answers: dict[bytes, bytes] = {}
    for files in PICTURES.values():
        answers |= {file: http.to_json(batch.answer("00000.png", file)) for file in files}
    service = BlobServiceClient.from_connection_string(storage)  # the SDK as it comes
    uploads, results = map(service.get_container_client, ("uploads", "results"))

    def transfer(name: str) -> None:
        picture = uploads.download_blob(name).readall()
        results.upload_blob(f"{name}.json", answers[picture])
        last[number] = time.monotonic()

    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(ROUNDS):
            barrier.wait(TIMEOUT)
            store = Timed(blobs.connect(storage))
            watch(store, threading.Event(), interval=1, once=True, threads=THREADS)
            barrier.wait(TIMEOUT)
            barrier.wait(TIMEOUT)
            names = [blob.name for blob in uploads.list_blobs()][number :: len(last)]
            list(pool.map(transfer, names))
            barrier.wait(TIMEOUT)


def _memory(storage: str, count: int) -> list[tuple[int, float]]:
    """Pictures read so far, and MB resident in the watcher then."""
    _fill(blobs.connect(storage), PICTURES["digits of 28 x 28"], count)
    seen: list[tuple[int, float]] = []
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, ROOT / "infra/vm/manage.py", "watch_blobs", "--once"],
        env={**os.environ, "AzureWebJobsStorage": storage},
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None  # noqa: S101 - piped
        lines = (line for line in process.stderr if b'"outcome": "read"' in line)
        number = 0
        for number, _ in enumerate(lines, 1):
            if number % STEP == 0 and process.poll() is None:
                seen.append((number, _resident(process.pid)))
    if process.returncode or number != count:
        raise RuntimeError("the watcher failed")
    return seen


def _resident(pid: int) -> float:
    """MB resident in a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _table(rates: dict[str, dict[int, tuple[float, float]]], memory: list[Any]) -> str:
    lines = ["| pictures | workers | watcher | transfers alone | of that |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    for kind, measured in rates.items():
        for workers, (ours, limit) in measured.items():
            lines.append(
                f"| {kind} | {workers} | {ours:.0f}/s | {limit:.0f}/s | {ours / limit:.0%} |"
            )
    if memory:
        tenth, late, most = memory[len(memory) // 10], memory[-1], max(m for _, m in memory)
        lines.append(
            f"\nMemory of a watcher: {tenth[1]:.0f} MB after "
            f"{tenth[0]:,} pictures, {late[1]:.0f} MB after {late[0]:,}, {most:.0f} MB at most."
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
        right.plot([n for n, _ in memory], [m for _, m in memory], color="#1f47a8")
    right.set(xlabel="pictures read", ylabel="resident memory, MB", ylim=(0, None))
    figure.savefig(PLOT, dpi=120)


if __name__ == "__main__":
    print(main())
