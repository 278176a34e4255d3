"""The face as numbers: landmarks, the canonical head they are measured against, and what can be read from them."""
