"""Reads handwritten digits: bytes -> picture -> ink -> digits -> network -> reading.

One module a step, in their order `decode`, `scale`, `ink`; for one digit `segment`, for a number
`rows`, `sequence`, `lattice`; then `normalize`, `model`, `reading`. `digit` and `number` put them
together, `recognize` decides between both. Around them: `http` (the contract), `batch` (one file
in, one answer out), `blobs` (its files in blob storage), and the command lines (`python -m shared`,
`python -m shared.batch`).
"""

import os

# Before NumPy is imported: its threads take 50 ms to start and gain nothing where the matrices are
# small.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
