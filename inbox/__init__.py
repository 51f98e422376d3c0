"""What we hear: who signed it, whether we take it, and what it changes here."""
