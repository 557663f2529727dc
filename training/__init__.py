"""Trains, exports and evaluates the network: `python -m training train|export|evaluate`."""
