"""The pure functions, held to the rules that people follow."""
