"""The portal: guard, every route as every role, pages, API."""
