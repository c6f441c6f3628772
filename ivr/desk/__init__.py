"""The agent's desk: its telephone line, its page and what the page asks for."""
