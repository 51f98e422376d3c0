"""People with an account here: sign-in, sessions and tokens."""
