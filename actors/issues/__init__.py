"""Issues (vraagstukken): the question, its phase, and the date on which feedback was promised."""
