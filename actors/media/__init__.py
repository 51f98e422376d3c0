"""Documents and pictures, stored by the hash of their content."""
