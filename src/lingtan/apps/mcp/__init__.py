"""A server of the Model Context Protocol (extra ``mcp``): assistants read figures with their passports, and never write.

In: a workspace and somebody's token. Out: tools and resources over stdin and stdout. What may be read is what the token's user may
read; :mod:`lingtan.services.read_for` demands it, and the audit log keeps it.
"""
