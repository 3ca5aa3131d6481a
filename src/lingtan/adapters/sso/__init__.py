"""Providers of sign-ins behind :class:`lingtan.services.access.provider.Provider` (extra ``sso``)."""
