"""Trains, exports and evaluates the network: `python -m training STEP`."""
