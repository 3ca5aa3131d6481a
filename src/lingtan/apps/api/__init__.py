"""The API ``/api/v1``: the same services as the pages, for programs.

Tokens with scopes or the portal's session; JSON, CSV or Arrow by ``Accept``; pages by ``limit`` and ``after``; ``ETag``; errors as
problem+json; ``Idempotency-Key`` on writes. Described at ``/api/v1/openapi.json``, to read at ``/api/v1/docs``.
"""
