"""Ways to animate a picture with a face."""
