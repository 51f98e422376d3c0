"""Agreements on an issue: who does what by when, each version with the proofs of who signed it."""
