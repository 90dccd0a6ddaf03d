"""The one room that knows engines: tables in and out, joins, temporary tables, dates and zones."""
