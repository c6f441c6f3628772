"""Requests to the customer's application: what they say, how they are sent, and what comes back."""
