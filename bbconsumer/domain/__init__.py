"""What the service knows about blocker bugs: values and pure functions.

Nothing here reads a clock, the environment, a file, a network or a database: only the standard library is imported.
"""
