"""What programs read: `/api/v0` at the addresses of the original, and `/api/v1` with an OpenAPI document.

Answers are made of the read models that the pages show, by the same queries, so that page and answer cannot disagree;
nothing here asks the database by itself. They read; GET and HEAD are all that they take.
"""
