"""Trains, exports and evaluates the network: `python -m training STEP`."""

import os

# TensorFlow leaves oneDNN out on processors without AVX-512, where it takes half the time, too.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
