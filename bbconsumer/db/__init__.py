"""What is stored, and the functions that read and write it.

Functions here take a Session; they never create, commit or close one, and never speak to the network.

Statements of pages are built once for what they depend on, mostly a milestone (`cache`, `lru_cache`): building all of
them anew for each page took a third of its processor time. They hold no data but such numbers and names.
"""
