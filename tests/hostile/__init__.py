"""Nasty texts through every input to every output: nothing of them executes, and nothing of them breaks a format."""
