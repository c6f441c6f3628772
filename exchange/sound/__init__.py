"""Sounds: clips, tones, tapes, and what is mixed of them."""
