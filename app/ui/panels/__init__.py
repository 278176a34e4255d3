"""The groups of controls beside the preview. Each shows settings and says what was edited; none knows the session."""
