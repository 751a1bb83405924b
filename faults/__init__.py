"""Faults on the full stack: crashes, outages and floods, and whether anything was lost, doubled or mistaken."""
