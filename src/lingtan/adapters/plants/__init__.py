"""Plants behind the dispatch port."""
