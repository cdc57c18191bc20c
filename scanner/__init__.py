"""Cameras and barcode scanners, usable alone: `python -m scanner --help`."""
