"""Live updates: event streams of a small process of its own, which only looks at the ledger."""
