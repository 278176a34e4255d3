"""The tests mirror the tree: tests/app/devices tests app/devices, file for file."""
