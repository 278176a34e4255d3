"""Files that ship with Guise."""
