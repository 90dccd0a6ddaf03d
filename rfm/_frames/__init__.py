"""The one room that knows engines: the door, a module an engine, the one join, columns, dates, temporary tables."""
