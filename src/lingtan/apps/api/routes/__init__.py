"""The API's routes, one subject a file."""
