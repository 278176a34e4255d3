"""The window's own controls: small, themed, usable by keyboard, and ignorant of the session."""
