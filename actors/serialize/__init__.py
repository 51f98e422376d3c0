"""Rows to ActivityStreams: one writer a type, and nowhere else."""
