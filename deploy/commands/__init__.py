"""The commands, by subject; each is thin: it wires the instance, calls a use-case and tells what came of it."""
