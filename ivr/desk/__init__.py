"""The agent's desk: the page, its document, lines, and what agents do in a call."""
