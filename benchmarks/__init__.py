"""Benchmarks: counts, and times as ratios of one run. `make bench` prints them; no test depends on them."""
