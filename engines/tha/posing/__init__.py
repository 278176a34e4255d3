"""From a driver's face to the 45 numbers of a pose, by a table that users can edit."""
