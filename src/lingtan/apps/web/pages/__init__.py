"""The pages, one subject a file. See ``apps/web/__init__.py`` for how to add one."""
