"""The page of models: what is stored, where to get more, and what was built for this computer."""
