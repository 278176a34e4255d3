"""The middle of the window: what the call sees, the camera inset, and what is written over them."""
