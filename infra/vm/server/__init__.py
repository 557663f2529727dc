"""The Ubuntu server: the API, the page and the watcher, on Django."""
