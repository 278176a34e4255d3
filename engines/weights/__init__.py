"""Published weights: read without running anything in them, and stored as safetensors."""
