"""Guise: a webcam as a puppet string for pictures."""
