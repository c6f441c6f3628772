"""Files and external lists of numbers that must not be called."""
