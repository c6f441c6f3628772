"""Audio at rest: fetch, seal, keep, verify."""
