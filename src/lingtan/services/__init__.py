"""The use cases, one verb a file, and the ports they need. A service loads, computes, saves and audits."""
