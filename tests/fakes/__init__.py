"""The ports in memory, for tests and benchmarks: they keep what happened and let runs interleave."""
