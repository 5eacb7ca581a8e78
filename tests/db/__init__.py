"""Tables, queue and store, on both databases."""
