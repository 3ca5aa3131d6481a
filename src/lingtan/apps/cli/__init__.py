"""The command line: ``lingtan NOUN VERB``. Results go to stdout, talk to stderr."""
