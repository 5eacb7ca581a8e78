"""The pages as people meet them: in a real browser, with eyes, fingers, a keyboard only, or without scripts."""
