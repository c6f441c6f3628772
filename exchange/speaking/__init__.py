"""Speech: rendered sentences, synthesis on demand, and recognition."""
