"""What tests of every room share: databases, a false clock, a schema."""
