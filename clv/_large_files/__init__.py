"""Files of orders that are larger than memory: kept on disk by DuckDB, and read there."""
