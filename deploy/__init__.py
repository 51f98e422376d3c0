"""How an instance is run: settings, wiring, command line, migrations and the demo."""
