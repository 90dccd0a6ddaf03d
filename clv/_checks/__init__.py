"""What the models assume, held against the data, in words; one assumption per file."""
