"""The models a user has: stored, listed, checked, downloaded, built."""
