"""The scripts that draw what ships in assets: `python -m assets.draw` makes all of it again, bit for bit."""
