"""Named segments: ordered rules over the cube of scores, proven to leave no gap."""
