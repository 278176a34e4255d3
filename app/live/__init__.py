"""The running session: from camera frames to finished pictures. Knows no Qt."""
