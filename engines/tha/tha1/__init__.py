"""Talking Head Anime 1 (2019): faces and heads of any character, 256 x 256."""
