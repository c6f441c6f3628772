"""Who is called, when, whether, and what came of it."""
