"""Calls: their lines, their ringing, and the documents they perform."""
