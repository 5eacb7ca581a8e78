"""What there is to sync: what a source names, and what is stored. One module a source."""
