"""The built-in engine: a layered, textured mesh made from one picture, on a plain CPU, without weights."""
