"""A season as a change of time: factors by day, learned or given, and the clock that they make."""
