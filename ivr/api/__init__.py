"""The HTTP API of other systems: `/api/v1`."""
