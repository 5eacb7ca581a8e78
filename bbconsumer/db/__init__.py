"""What is stored, and the functions that read and write it.

Functions here take a Session; they never create, commit or close one, and never speak to the network.
"""
