"""Roles on an issue: offered or applied for, answered, held, ended; who holds one is public, who was asked is not."""
