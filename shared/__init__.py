"""Reads handwritten digits: bytes -> picture -> ink -> digits -> network -> reading.

One module a step, in that order: `decode`, `ink`, `segment`, `normalize`, `model`,
`recognize`. Around them: `http` (the contract), `batch` (one file in, one answer out), `blobs`
(its files in blob storage), and the command lines (`python -m shared`, `python -m shared.batch`).
"""
