"""Where the user shows Guise the face in a picture: a few points, and the full mesh follows."""
