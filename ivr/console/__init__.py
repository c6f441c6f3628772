"""The supervisor's console: the board as it is shown, and what a supervisor may do to calls and campaigns."""
