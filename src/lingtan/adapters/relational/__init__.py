"""Small mutable state in a relational database: users, sessions, tokens, the audit log, jobs, alarms, questions.

SQLite in the workspace by default, PostgreSQL where several processes serve; through SQLAlchemy either way.
"""
