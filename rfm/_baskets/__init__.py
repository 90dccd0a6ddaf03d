"""What customers buy: items by segment, what goes together, and what a first item leads to."""
