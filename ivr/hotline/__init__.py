"""The hotline: calls that customers make to us, on the same engine and in the same ledger."""
