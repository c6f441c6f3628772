"""Who of a list is called: recipes as data, draws, quotas, the clean-up of lapsed policies (A+2)."""
