"""The command `rfm-clv`: a thin layer over the library's functions."""
