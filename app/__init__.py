"""Guise: a webcam as a puppet string for pictures."""

__version__ = "0.1.0"
