"""What `/api/v1` tells: the types of its answers, of which its OpenAPI document is made.

The docstrings are part of that document: they are written for people who write programs against this API. Properties
may be added; what is here keeps its name and its meaning.
"""
