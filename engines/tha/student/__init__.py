"""Talking Head Anime 4 (2024): two small networks that know one character by heart."""
