"""What the library promises of speed, size and exactness, measured; the peer is timed in the same run."""
