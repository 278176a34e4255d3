"""The avatars at hand: pictures with names, in the user's order."""
