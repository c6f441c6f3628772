"""Measurements, each beside a baseline in the same run; docs/performance.md holds the figures."""
