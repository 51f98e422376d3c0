"""A small network of instances on this machine, filled with a believable story that federates over HTTP."""
