"""Who is at the far end of a call: simulated people, and live ones at a browser."""
