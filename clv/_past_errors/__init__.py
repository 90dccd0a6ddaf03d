"""How wrong a model has been on its own log: errors of totals, learned from fits at earlier days."""
