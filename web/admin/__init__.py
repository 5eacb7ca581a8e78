"""What administrators do. Nothing is changed by looking; whatever is changed is changed, and noted, by the commands."""
