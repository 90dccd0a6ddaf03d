"""The customer-base audit: five views of one log."""
