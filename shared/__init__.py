"""Reads handwritten digits: bytes -> picture -> ink -> digits -> network -> reading.

One module a step, in that order: `decode`, `ink`, `segment`, `normalize`, `model`,
`recognize`. Around them: `http` (the contract), `batch` (one file in, one answer out) and
the command line (`python -m shared`).
"""
