"""The pictures Guise animates: reading any picture, and the library that keeps them."""
