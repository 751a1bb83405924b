"""What a source may post: one module per family of records, and the registry that says how each type is handled."""
