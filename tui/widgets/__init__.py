"""One module a region of a screen."""
