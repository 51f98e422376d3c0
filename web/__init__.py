"""How people and servers reach us: HTTP, and nothing but HTTP."""
