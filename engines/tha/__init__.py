"""Talking Head Anime: drawn characters, moved by 45 pose parameters (Khungurn, 2019 to 2024)."""
