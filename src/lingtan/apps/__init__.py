"""How people reach Lingtan."""
