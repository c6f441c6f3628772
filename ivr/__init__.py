"""The edge: settings, clock, webhooks and the command line; it wires every other room."""
