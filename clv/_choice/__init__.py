"""Which law: re-fits at earlier days, scores of what they predicted, and the rule that chooses."""
