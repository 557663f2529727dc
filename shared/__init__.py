"""Reads handwritten digits: bytes -> picture -> ink -> digits -> network -> reading.

One module a step, in their order `decode`, `beds`, `scale`; `paper`, `pens` and `sheets`, of which
`ink` is made; `margins`; for one digit `segment` and `whole`, for a number `rows` (with `printed`,
`straight`, `dots` and `jumps`), `sequence`, `lattice` (with `seams`); then `normalize`, `model`,
`reading`. `digit` and `number` put them together, `recognize` decides between both; `blank` knows
what has none. `raster` and `strokes` are their tools. Around them: `http` (the contract), `batch`
(one file in, one answer out), `blobs` (its files in blob storage), and the command lines
(`python -m shared`, `python -m shared.batch`).
"""

import os

# Before NumPy is imported: its threads take 50 ms to start and gain nothing where the matrices are
# small.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
