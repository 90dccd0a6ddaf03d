"""How many customers each segment will hold: futures simulated under the law, scored with today's cut points."""
