"""Smooth motion from networks slower than the camera."""
