"""The agent's desk: lines, pages, and what agents do in a call."""
