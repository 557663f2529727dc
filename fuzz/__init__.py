"""Files that no one would send, tried by the thousand: `python -m fuzz --runs 10000`."""
