"""What clients keep with things for themselves, in a form of their own."""

Free = object
"""A value of JSON, kept as it came."""
