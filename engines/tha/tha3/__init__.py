"""Talking Head Anime 3 (2022): faces, heads and bodies of any character, 512 x 512."""
