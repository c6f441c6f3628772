"""The agent's desk: the page, its document, and what is done at it."""
