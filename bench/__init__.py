"""Measures what the README and RESULTS.md claim: `python -m bench`, one module a question."""
