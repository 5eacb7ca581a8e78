"""A whole release from branch to GO, in fast motion: weeks in seconds."""
