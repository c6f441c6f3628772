"""Calls that perform documents: those that come in, those that are placed, those called into a conference."""
