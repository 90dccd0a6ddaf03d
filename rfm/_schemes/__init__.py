"""Named segments: ordered rules over the cube of scores, checked for gaps."""
