"""What a fitted law says of customers: purchases, spend, value, intervals, due dates."""
