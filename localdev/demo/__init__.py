"""The demo: the whole story on a real catalogue, told against a running stack and checked field by field."""
